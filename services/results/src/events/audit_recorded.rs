//! `audit.recorded`: what any service did is appended to its organization's chain, once.
//!
//! Records of one organization that arrive at the same moment are appended in one transaction: a
//! chain grows at one end, so that a transaction for each would only wait for the one before it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::oneshot;
use wt_bus::{Delivery, Handler, Outcome};
use wt_ledger::{TreeHead, leaf_hash};
use wt_model::{Principal, TenantKey};
use wt_pg::TenantTx;
use wt_proto::{convert::from_timestamp, event::AuditRecorded, stream::RESULTS_AUDIT};

use super::Hearing;
use crate::{
    domain::audit,
    error::ResultsFault,
    ledger_keys::LedgerKeys,
    store::{self, audit::NewEntry},
};

/// How long a record waits for others of its organization: those of one batch of a relay arrive
/// within a millisecond or two.
const GATHER: Duration = Duration::from_millis(5);

/// One record on its way into the chain.
#[derive(Debug, Clone)]
struct Record {
    id: String,
    at: OffsetDateTime,
    said: Arc<AuditRecorded>,
}

impl Record {
    fn of(delivery: &Delivery) -> Result<Self, ResultsFault> {
        let said: AuditRecorded = delivery.payload()?;
        let at = from_timestamp(said.at.as_ref())
            .ok_or_else(|| ResultsFault::field("at", "a record without a time"))?;
        Ok(Self {
            id: delivery.message_id().to_owned(),
            at,
            said: Arc::new(said),
        })
    }
}

/// A record, and who waits to hear that it is in the chain.
struct Waiting {
    record: Record,
    appended: oneshot::Sender<()>,
}

pub(super) struct AuditRecordedHandler {
    hearing: Hearing,
    /// Records that wait for the next transaction of their organization. The first of them, which
    /// finds none there, makes it.
    waiting: Mutex<HashMap<TenantKey, Vec<Waiting>>>,
}

impl AuditRecordedHandler {
    pub(super) fn new(hearing: Hearing) -> Self {
        Self {
            hearing,
            waiting: Mutex::default(),
        }
    }

    async fn apply(&self, delivery: &Delivery) -> Result<(), ResultsFault> {
        let record = Record::of(delivery)?;
        let (appended, heard) = oneshot::channel();
        let waiting = Waiting {
            record: record.clone(),
            appended,
        };
        if self.join(delivery.tenant_key, waiting) {
            tokio::time::sleep(GATHER).await;
            self.append_waiting(&delivery.principal, delivery.tenant_key)
                .await;
        }
        if heard.await.is_ok() {
            return Ok(());
        }
        // By itself, so that what is wrong with one record is not held against the others.
        self.append(&delivery.principal, Arc::from([record])).await
    }

    /// Adds a record to those of its organization; true for the first.
    fn join(&self, tenant: TenantKey, waiting: Waiting) -> bool {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let together = all.entry(tenant).or_default();
        together.push(waiting);
        together.len() == 1
    }

    /// Appends what waits for an organization. Nobody hears of it when that failed.
    async fn append_waiting(&self, principal: &Principal, tenant: TenantKey) {
        let waiting = {
            let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            all.remove(&tenant).unwrap_or_default()
        };
        let records = waiting.iter().map(|one| one.record.clone()).collect();
        match self.append(principal, records).await {
            Ok(()) => {
                for one in waiting {
                    // Who went away meanwhile hears it from the inbox, at the next delivery.
                    let _ = one.appended.send(());
                }
            }
            Err(fault) => {
                let cause = wt_fault::chain(&fault);
                tracing::debug!(error = %cause, records = waiting.len(), "each by itself");
            }
        }
    }

    async fn append(
        &self,
        principal: &Principal,
        records: Arc<[Record]>,
    ) -> Result<(), ResultsFault> {
        let keys = Arc::clone(&self.hearing.ledger_keys);
        let pool = &self.hearing.pool;
        pool.run(principal, "append_audit", move |tx| {
            let (records, keys) = (Arc::clone(&records), Arc::clone(&keys));
            async move { append(&keys, tx, &records).await }.boxed()
        })
        .await
    }
}

async fn append(
    keys: &LedgerKeys,
    tx: &mut TenantTx,
    records: &[Record],
) -> Result<(), ResultsFault> {
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    let mut new = wt_outbox::first_times(tx, RESULTS_AUDIT.name, &ids).await?;
    if new.is_empty() {
        return Ok(());
    }
    let mut frontier = store::audit::lock(tx).await?;
    let mut entries = Vec::with_capacity(new.len());
    // One that came twice at once is new once.
    for record in records.iter().filter(|record| new.remove(&record.id)) {
        let index = frontier.size();
        let at = text(record.at)?;
        let body = audit::entry(tx.tenant_key(), index, &record.id, &at, &record.said);
        let hash = leaf_hash(body.as_bytes());
        frontier.append(hash);
        entries.push(NewEntry {
            index,
            id: &record.id,
            at: record.at,
            actor: &record.said.actor,
            acting_as: &record.said.acting_as,
            action: &record.said.action,
            object: &record.said.object,
            body,
            hash,
        });
    }
    store::audit::insert(tx, &entries).await?;
    let at = text(OffsetDateTime::now_utc())?;
    let key = keys.signer(tx.conn(), &at).await?;
    let head = TreeHead {
        at,
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
