//! `audit.recorded`: what any service did is appended to its organization's chain, once.

use std::sync::Arc;

use futures::FutureExt;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_bus::{Delivery, Handler, Outcome};
use wt_envelope::SigningKey;
use wt_ledger::{TreeHead, leaf_hash};
use wt_pg::TenantTx;
use wt_proto::{convert::from_timestamp, event::AuditRecorded, stream::RESULTS_AUDIT};

use super::Hearing;
use crate::{
    domain::audit,
    error::ResultsFault,
    store::{self, audit::NewEntry},
};

pub(super) struct AuditRecordedHandler {
    hearing: Hearing,
}

impl AuditRecordedHandler {
    pub(super) fn new(hearing: Hearing) -> Self {
        Self { hearing }
    }

    async fn apply(&self, delivery: &Delivery) -> Result<(), ResultsFault> {
        let said: Arc<AuditRecorded> = Arc::new(delivery.payload()?);
        let key = Arc::clone(&self.hearing.ledger_key);
        let id = delivery.message_id().to_owned();
        let pool = &self.hearing.pool;
        pool.run(&delivery.principal, "append_audit", move |tx| {
            let (said, key, id) = (Arc::clone(&said), Arc::clone(&key), id.clone());
            async move { append(&key, tx, &id, &said).await }.boxed()
        })
        .await
    }
}

async fn append(
    key: &SigningKey,
    tx: &mut TenantTx,
    id: &str,
    said: &AuditRecorded,
) -> Result<(), ResultsFault> {
    if !wt_outbox::first_time(tx, RESULTS_AUDIT.name, id).await? {
        return Ok(());
    }
    let at = from_timestamp(said.at.as_ref())
        .ok_or_else(|| ResultsFault::field("at", "a record without a time"))?;
    let mut frontier = store::audit::lock(tx).await?;
    let index = frontier.size();
    let body = audit::entry(tx.tenant_key(), index, id, &text(at)?, said);
    let hash = leaf_hash(body.as_bytes());
    frontier.append(hash);
    store::audit::insert(
        tx,
        &NewEntry {
            index,
            id,
            at,
            actor: &said.actor,
            acting_as: &said.acting_as,
            action: &said.action,
            object: &said.object,
            body: &body,
            hash,
        },
    )
    .await?;
    let head = TreeHead {
        at: text(OffsetDateTime::now_utc())?,
        root_hash: frontier.root(),
        tenant_key: tx.tenant_key(),
        tree_size: frontier.size(),
    };
    store::audit::grow(tx, &frontier, &head.sign_audit(key)).await
}

fn text(at: OffsetDateTime) -> Result<String, ResultsFault> {
    at.format(&Rfc3339)
        .map_err(|error| ResultsFault::inconsistent("time of an audit entry", error))
}

impl Handler for AuditRecordedHandler {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        Outcome::of(self.apply(&delivery).await)
    }
}
