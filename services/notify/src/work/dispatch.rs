//! Sends messages to integrations.
//!
//! An integration is taken by one sender at a time, which works off what is due there: a slow
//! receiver holds up its own messages and nobody else's. A claim is a lease; a crash between
//! sending and recording sends the same message id again, which receivers drop.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use time::OffsetDateTime;
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;
use url::Url;
use wt_fault::chain;
use wt_model::{Principal, TenantKey};
use wt_outbound::Outbound;
use wt_pg::{Pool, TenantTx};
use wt_seal::{Opened, Owner, Place, Seal, Sealed};

use super::settle::Outcome;
use crate::{
    api::integrations::{ADDRESS_COLUMN, SECRET_COLUMN},
    channel::{
        post::{Post, post},
        render::Renderer,
        tracker::Desk,
    },
    error::NotifyFault,
    metrics::Metrics,
    peers::Peers,
    store::{self, integration::IntegrationRow, integration_delivery::DueRow},
};

/// Integrations served at once: each is a connection and a few kilobytes.
pub(crate) const SLOTS: usize = 64;
/// Integrations of one organization served at once, so that its slow ones leave room for others.
const SLOTS_EACH: i32 = 4;
/// Messages one sender works off before others may have the integration.
const MESSAGES_MAX: usize = 10;
/// How long a claim lasts: what a sender takes for its messages, one more at its longest (a minute,
/// `work/track.rs`), and the database between.
const LEASE: Duration = Duration::from_mins(3);
/// How long a sender begins another message.
const BEGINS: Duration = Duration::from_secs(100);
/// What is recorded of messages that waited when an integration was switched off.
pub(super) const SWITCHED_OFF: &str = "the integration was switched off";

/// Sends what is due.
pub(crate) struct Dispatcher {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// The guarded client.
    pub(crate) outbound: Outbound,
    /// Opens addresses and secrets; none without a master key.
    pub(crate) seal: Option<Seal>,
    /// Who administers an organization.
    pub(crate) peers: Peers,
    /// Letters to them.
    pub(crate) renderer: Arc<Renderer>,
    /// First wait after a failure; doubles.
    pub(crate) retry_base: Duration,
    /// Counters.
    pub(crate) metrics: Metrics,
    /// Room for senders; [`SLOTS`] of them.
    pub(crate) slots: Arc<Semaphore>,
    /// Senders under way.
    pub(crate) senders: TaskTracker,
    /// Woken when a sender has ended.
    pub(crate) wake: Arc<Notify>,
    /// Wakes who posts letters.
    pub(crate) letters: Arc<Notify>,
}

/// One message as it is about to be sent.
struct Taken {
    row: IntegrationRow,
    due: DueRow,
    url: Url,
    /// The newest first; none of a chat.
    secrets: Vec<Opened>,
}

impl Dispatcher {
    /// One step; returns how many integrations were taken up. It does not wait for them.
    pub(crate) async fn step(self: &Arc<Self>) -> Result<usize, NotifyFault> {
        let free = self.slots.available_permits();
        if self.seal.is_none() || free == 0 {
            return Ok(0);
        }
        let free = i32::try_from(free).unwrap_or(i32::MAX);
        let mut tx = self.pool.begin_platform("claim_integrations").await?;
        let due = store::integration::claim(&mut tx, free, SLOTS_EACH, LEASE).await?;
        tx.commit().await?;
        let taken = due.len();
        for (tenant, id) in due {
            // Only this loop takes permits, so there is one for each that was claimed.
            let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
                break;
            };
            let this = Arc::clone(self);
            self.senders.spawn(async move {
                // Without a release the lease ends by itself: a fault is no reason to hurry.
                if let Err(fault) = this.work_off(tenant, &id).await {
                    tracing::error!(integration.id = id, error = %chain(&fault), "an integration was not served");
                }
                drop(slot);
                this.wake.notify_one();
            });
        }
        Ok(taken)
    }

    async fn work_off(&self, tenant: TenantKey, id: &str) -> Result<(), NotifyFault> {
        let principal = Principal::service(crate::NAME, tenant);
        let begun = Instant::now();
        for _ in 0..MESSAGES_MAX {
            if begun.elapsed() > BEGINS {
                break;
            }
            let Some(taken) = self.take(&principal, tenant, id).await? else {
                break;
            };
            let (row, due) = (taken.row.clone(), taken.due.clone());
            let outcome = self.send(&principal, tenant, taken).await?;
            self.settle(&principal, &row, &due, outcome).await?;
        }
        let mut tx = self.pool.begin(&principal, "release_integration").await?;
        store::integration::release(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }

    async fn send(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        taken: Taken,
    ) -> Result<Outcome, NotifyFault> {
        let Taken {
            row,
            due,
            url,
            secrets,
        } = taken;
        let kind = row.kind()?;
        if !kind.is_tracker() {
            let message = Post {
                url,
                message_id: due.message_id,
                body: due.body,
                secrets,
            };
            let answer = post(&self.outbound, message, OffsetDateTime::now_utc()).await;
            return Ok(answer.into());
        }
        let token = secrets.into_iter().next().ok_or(NotifyFault::Unsigned)?;
        let desk = Desk {
            outbound: &self.outbound,
            kind,
            base: url,
            token,
            tracker: row.tracker()?,
        };
        self.track(principal, tenant, &desk, &row.id, &due).await
    }

    /// The next due message with everything it needs; `None` when there is nothing to send.
    async fn take(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        id: &str,
    ) -> Result<Option<Taken>, NotifyFault> {
        let mut tx = self.pool.begin(principal, "take_message").await?;
        let Some(row) = store::integration::find(&mut tx, id).await? else {
            return Ok(None);
        };
        if !row.enabled {
            store::integration_delivery::drop_waiting(&mut tx, id, SWITCHED_OFF).await?;
            store::ticket::give_up_claims(&mut tx, id, SWITCHED_OFF).await?;
        }
        let due = store::integration_delivery::next_due(&mut tx, id).await?;
        let taken = match due {
            Some(due) => {
                let (url, secrets) = self.opened(&mut tx, tenant, &row).await?;
                Some(Taken {
                    row,
                    due,
                    url,
                    secrets,
                })
            }
            None => None,
        };
        tx.commit().await?;
        Ok(taken)
    }

    async fn opened(
        &self,
        tx: &mut TenantTx,
        tenant: TenantKey,
        row: &IntegrationRow,
    ) -> Result<(Url, Vec<Opened>), NotifyFault> {
        let seal = self.seal.as_ref().ok_or(NotifyFault::NoMasterKey)?;
        let owner = Owner::Organization(tenant);
        let place = |column| Place {
            column,
            row: &row.id,
        };
        let sealed = Sealed::from_bytes(row.address.clone());
        let address = seal
            .open(tx.conn(), owner, place(ADDRESS_COLUMN), &sealed)
            .await?;
        let url = address.expose_str()?.parse().map_err(|error| {
            NotifyFault::inconsistent(format!("notify.integrations.address of {}", row.id), error)
        })?;
        let overlaps = row
            .old_until
            .is_some_and(|until| until > OffsetDateTime::now_utc());
        let old = row.old_secret.as_ref().filter(|_| overlaps);
        let mut secrets = Vec::new();
        for sealed in row.secret.iter().chain(old) {
            let sealed = Sealed::from_bytes(sealed.clone());
            let place = place(SECRET_COLUMN);
            secrets.push(seal.open(tx.conn(), owner, place, &sealed).await?);
        }
        Ok((url, secrets))
    }
}
