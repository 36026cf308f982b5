//! `authorization.revoked`, `asset.archived`: what may no longer be looked at is RETIRED.
//!
//! Never FIXED: nobody saw it gone (contracts §6). When the asset is proven and scanned again,
//! what is still there is REOPENED under its old key.

use std::sync::Arc;

use futures::FutureExt;
use wt_bus::{Delivery, Handler, Outcome};
use wt_pg::TenantTx;
use wt_proto::{
    event::{AssetArchived, AuthorizationRevoked},
    stream::RESULTS_AUTHORIZATIONS,
    subject::EventPayload,
};

use super::Hearing;
use crate::{
    domain::withdrawal::Withdrawn,
    ending::{Withdrawal, end},
    error::ResultsFault,
    ledger_keys::LedgerKeys,
    store,
};

pub(super) struct AssetWithdrawnHandler {
    hearing: Hearing,
}

impl AssetWithdrawnHandler {
    pub(super) fn new(hearing: Hearing) -> Self {
        Self { hearing }
    }

    async fn apply(&self, delivery: &Delivery) -> Result<(), ResultsFault> {
        let withdrawal = Arc::new(read(delivery)?);
        let key = Arc::clone(&self.hearing.ledger_keys);
        let message_id = delivery.message_id().to_owned();
        let pool = &self.hearing.pool;
        pool.run(&delivery.principal, "retire_exposures", move |tx| {
            let (withdrawal, key) = (Arc::clone(&withdrawal), Arc::clone(&key));
            let message_id = message_id.clone();
            async move { retire_all(&key, tx, &message_id, &withdrawal).await }.boxed()
        })
        .await
    }
}

fn read(delivery: &Delivery) -> Result<Withdrawal, ResultsFault> {
    let (asset_id, cause, reason) = if delivery.message_type() == AssetArchived::TYPE {
        let news: AssetArchived = delivery.payload()?;
        let cause = news.asset_id.clone();
        (news.asset_id, cause, "the asset was removed".to_owned())
    } else {
        let news: AuthorizationRevoked = delivery.payload()?;
        let reason = if news.reason.is_empty() {
            "the proof of ownership was withdrawn".to_owned()
        } else {
            format!("the proof of ownership was withdrawn: {}", news.reason)
        };
        (news.asset_id, news.authorization_id, reason)
    };
    Ok(Withdrawal {
        what: Withdrawn::Asset,
        r#ref: asset_id,
        cause,
        reason,
    })
}

async fn retire_all(
    key: &LedgerKeys,
    tx: &mut TenantTx,
    message_id: &str,
    withdrawal: &Withdrawal,
) -> Result<(), ResultsFault> {
    if !wt_outbox::first_time(tx, RESULTS_AUTHORIZATIONS.name, message_id).await? {
        return Ok(());
    }
    let turn = store::ledger::lock(tx).await?;
    let asset = withdrawal.r#ref.parse();
    let asset = asset.map_err(|error| ResultsFault::field("asset_id", error))?;
    let priors = store::exposure::lock_by_asset(tx, asset).await?;
    end(tx, key, turn, &priors, withdrawal).await?;
    Ok(())
}

impl Handler for AssetWithdrawnHandler {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        Outcome::of(self.apply(&delivery).await)
    }
}
