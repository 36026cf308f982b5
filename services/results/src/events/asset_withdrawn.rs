//! `authorization.revoked`, `asset.archived`: what may no longer be looked at is RETIRED.
//!
//! Never FIXED: nobody saw it gone (contracts §6). When the asset is proven and scanned again,
//! what is still there is REOPENED under its old key.

use std::sync::Arc;

use futures::FutureExt;
use time::OffsetDateTime;
use wt_bus::{Delivery, Handler, Outcome};
use wt_diff::Change;
use wt_envelope::SigningKey;
use wt_model::AssetId;
use wt_pg::TenantTx;
use wt_proto::{
    event::{AssetArchived, AuthorizationRevoked},
    stream::RESULTS_AUTHORIZATIONS,
    subject::EventPayload,
};

use super::{Hearing, apply_result::leaves};
use crate::{
    domain::{
        risk::Risks,
        withdrawal::{Withdrawn, withdraw},
    },
    error::ResultsFault,
    store::{self, ledger::LeafKind, withdrawal::WithdrawalRow},
};

pub(super) struct AssetWithdrawnHandler {
    hearing: Hearing,
}

/// What was withdrawn, and the sentence people read.
struct Withdrawal {
    asset_id: AssetId,
    cause: String,
    reason: String,
}

impl AssetWithdrawnHandler {
    pub(super) fn new(hearing: Hearing) -> Self {
        Self { hearing }
    }

    async fn apply(&self, delivery: &Delivery) -> Result<(), ResultsFault> {
        let withdrawal = Arc::new(read(delivery)?);
        let key = Arc::clone(&self.hearing.ledger_key);
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
    let asset_id = asset_id
        .parse()
        .map_err(|error| ResultsFault::field("asset_id", error))?;
    Ok(Withdrawal {
        asset_id,
        cause,
        reason,
    })
}

async fn retire_all(
    key: &SigningKey,
    tx: &mut TenantTx,
    message_id: &str,
    withdrawal: &Withdrawal,
) -> Result<(), ResultsFault> {
    if !wt_outbox::first_time(tx, RESULTS_AUTHORIZATIONS.name, message_id).await? {
        return Ok(());
    }
    let store::ledger::Turn {
        mut frontier,
        number: turn,
    } = store::ledger::lock(tx).await?;
    let priors = store::exposure::lock_by_asset(tx, withdrawal.asset_id).await?;
    let (cause, reason) = (&withdrawal.cause, &withdrawal.reason);
    let applied = withdraw(&priors, Withdrawn::Asset, cause, reason);
    let at = stored_now();
    let row = WithdrawalRow {
        turn,
        kind: Withdrawn::Asset.as_str().to_owned(),
        r#ref: withdrawal.asset_id.to_string(),
        cause: cause.clone(),
        reason: reason.clone(),
        at,
    };
    store::withdrawal::insert(tx, &row).await?;
    let unseen: Vec<(&Change, OffsetDateTime)> = applied
        .changes
        .iter()
        .map(|change| (change, OffsetDateTime::UNIX_EPOCH))
        .collect();
    store::exposure::update_observed(tx, &unseen, None, &Risks::default()).await?;
    let leaves = leaves(tx, &applied, at)?;
    let first = store::ledger::append(tx, &mut frontier, LeafKind::Event, &leaves).await?;
    if !leaves.is_empty() {
        store::ledger::sign_head(tx, &frontier, key, at).await?;
    }
    store::event::insert_all(tx, &applied.events, None, at, first).await?;
    store::news::enqueue_transitions(tx, &applied.events, at).await?;
    Ok(())
}

/// Now, as exactly as Postgres keeps it: a replay makes the same leaves from the stored time.
fn stored_now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.microsecond() * 1_000)
        .unwrap_or(now)
}

impl Handler for AssetWithdrawnHandler {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        Outcome::of(self.apply(&delivery).await)
    }
}
