//! Sends messages to integrations.
//!
//! An integration is taken by one sender at a time, which works off what is due there: a slow
//! receiver holds up its own messages and nobody else's. A claim is a lease; a crash between
//! sending and recording sends the same message id again, which receivers drop.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;
use ulid::Ulid;
use wt_fault::chain;
use wt_model::{Principal, Role, TenantKey};
use wt_outbound::Outbound;
use wt_pg::{Pool, TenantTx};
use wt_proto::tenant;
use wt_seal::{Owner, Place, Seal, Sealed};

use crate::{
    api::integrations::{ADDRESS_COLUMN, SECRET_COLUMN},
    channel::{
        post::{Answer, Post, post},
        render::Renderer,
    },
    domain::{address::MailAddress, integration::why_off, letter, retry::wait_after},
    error::NotifyFault,
    metrics::Metrics,
    peers::Peers,
    store::{
        self,
        integration::IntegrationRow,
        integration_delivery::{Attempted, DueRow},
        letter::NewLetter,
    },
};

/// Integrations served at once: each is a connection and a few kilobytes.
pub(crate) const SLOTS: usize = 64;
/// Integrations of one organization served at once, so that its slow ones leave room for others.
const SLOTS_EACH: i32 = 4;
/// Messages one sender works off before others may have the integration.
const MESSAGES_MAX: usize = 10;
/// How long a claim lasts: as many exchanges at their timeout of 10 s, and the database between.
const LEASE: Duration = Duration::from_mins(3);

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
    post: Post,
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
        for _ in 0..MESSAGES_MAX {
            let Some(taken) = self.take(&principal, tenant, id).await? else {
                break;
            };
            let Taken {
                row,
                due,
                post: message,
            } = taken;
            let answer = post(&self.outbound, message, OffsetDateTime::now_utc()).await;
            self.settle(&principal, &row, &due, answer).await?;
        }
        let mut tx = self.pool.begin(&principal, "release_integration").await?;
        store::integration::release(&mut tx, id).await?;
        Ok(tx.commit().await?)
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
            let why = "the integration was switched off";
            store::integration_delivery::drop_waiting(&mut tx, id, why).await?;
        }
        let due = store::integration_delivery::next_due(&mut tx, id).await?;
        let taken = match due {
            Some(due) => {
                let post = self.opened(&mut tx, tenant, &row, &due).await?;
                Some(Taken { row, due, post })
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
        due: &DueRow,
    ) -> Result<Post, NotifyFault> {
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
        Ok(Post {
            url,
            message_id: due.message_id.clone(),
            body: due.body.clone(),
            secrets,
        })
    }

    async fn settle(
        &self,
        principal: &Principal,
        row: &IntegrationRow,
        due: &DueRow,
        answer: Answer,
    ) -> Result<(), NotifyFault> {
        let (status, error) = match answer {
            Answer::Taken(status) => return self.arrived(principal, row, due, status).await,
            Answer::Refused(status) => (status, format!("it answered {status}")),
            Answer::Silent(error) => (0, error),
        };
        let gone = status == 410;
        // A test is for somebody who looks: it is tried once and counts for nothing.
        let is_test = due.run_id.is_none();
        let wait = wait_after(due.attempts + 1, self.retry_base).filter(|_| !gone && !is_test);
        let given_up = wait.is_none() && !is_test;
        self.metrics
            .posted(if wait.is_none() { "failed" } else { "later" });
        let off = why_off(gone, row.failures + 1).filter(|_| given_up && row.enabled);
        // Asked before the transaction: nothing but SQL is awaited inside.
        let admins = match off {
            Some(_) => admins(&self.peers.members(principal).await?),
            None => Vec::new(),
        };
        let mut tx = self.pool.begin(principal, "settle_message").await?;
        let now = Attempted {
            state: if wait.is_none() { "failed" } else { "pending" },
            status: i32::from(status),
            error: &error,
            wait: wait.unwrap_or_default(),
        };
        store::integration_delivery::attempted(&mut tx, &due.id, now).await?;
        store::integration::failed(&mut tx, &row.id, given_up).await?;
        if let Some(why) = off {
            self.switch_off(&mut tx, row, why, &admins).await?;
        }
        tx.commit().await?;
        if off.is_some() {
            self.letters.notify_one();
        }
        Ok(())
    }

    async fn arrived(
        &self,
        principal: &Principal,
        row: &IntegrationRow,
        due: &DueRow,
        status: u16,
    ) -> Result<(), NotifyFault> {
        self.metrics.posted("sent");
        let mut tx = self.pool.begin(principal, "settle_message").await?;
        let now = Attempted {
            state: "sent",
            status: i32::from(status),
            error: "",
            wait: Duration::ZERO,
        };
        store::integration_delivery::attempted(&mut tx, &due.id, now).await?;
        store::integration::arrived(&mut tx, &row.id).await?;
        Ok(tx.commit().await?)
    }

    /// Switches an integration off and says so to who administers the organization, once.
    async fn switch_off(
        &self,
        tx: &mut TenantTx,
        row: &IntegrationRow,
        why: &str,
        admins: &[(String, MailAddress)],
    ) -> Result<(), NotifyFault> {
        if !store::integration::switch_off(tx, &row.id, why).await? {
            return Ok(());
        }
        store::integration_delivery::drop_waiting(tx, &row.id, why).await?;
        let after = serde_json::json!({ "name": row.name, "reason": why });
        wt_audit::record(tx, "integration.switch_off", &row.id, None, Some(&after)).await?;
        let organization = tx.tenant_key().to_string();
        for (at, (name, recipient)) in admins.iter().enumerate() {
            let letter = letter::switched_off(&organization, name, &row.name, why);
            let body = self.renderer.letter(&letter)?;
            let new = NewLetter {
                // Not made from the message: switched off again after a replay, it is said again.
                id: &format!("off_{}_{at}", Ulid::generate()),
                kind: "integration_off",
                recipient,
                subject: &letter.subject,
                text: &body.text,
                html: &body.html,
                expires_at: None,
            };
            store::letter::insert_unless_present(tx, new).await?;
        }
        Ok(())
    }
}

/// Names and addresses of who administers the organization.
fn admins(members: &[tenant::Member]) -> Vec<(String, MailAddress)> {
    members
        .iter()
        .filter(|member| matches!(member.role.parse(), Ok(Role::Owner | Role::Admin)))
        .filter_map(|member| member.user.as_ref())
        .filter_map(|user| Some((user.display_name.clone(), user.email.parse().ok()?)))
        .collect()
}
