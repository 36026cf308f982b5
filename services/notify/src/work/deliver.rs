//! Sends what is due, and records what became of it.
//!
//! A claim is a lease, not an open transaction: no lock is held while the mail server talks. A
//! crash between sending and recording sends the same `Message-ID` again, which mailboxes drop.

use std::time::Duration;

use futures::{StreamExt, stream};
use wt_fault::chain;
use wt_model::{Principal, TenantKey};
use wt_pg::Pool;

use crate::{
    channel::email::{Mail, MailSender, SendFault},
    domain::retry::wait_after,
    error::NotifyFault,
    metrics::Metrics,
    store,
};

/// Most deliveries taken at once.
pub(super) const STEP_MAX: i32 = 20;
/// Mails under way at once: each is a connection, and mail servers count those.
pub(super) const CONCURRENCY: usize = 2;
/// How long a claim lasts: the whole step one by one, at the timeout of each command's dialogue.
pub(super) const LEASE: Duration = Duration::from_mins(10);
/// What is recorded when there is nobody to hand mails to.
const NO_SERVER: &str = "this installation has no mail server (WT_SMTP_URL)";

/// Delivers what is due.
pub(crate) struct Deliverer {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// The mail server; `None` when the operator named none.
    pub(crate) sender: Option<MailSender>,
    /// First wait after a failure; doubles.
    pub(crate) retry_base: Duration,
    /// Counters.
    pub(crate) metrics: Metrics,
}

/// What becomes of a delivery after one attempt.
#[derive(Debug)]
pub(super) enum Outcome {
    Sent,
    Failed(String),
    Later(String),
}

impl Deliverer {
    /// One step; returns how many deliveries were taken up.
    pub(crate) async fn step(&self) -> Result<usize, NotifyFault> {
        let mut tx = self.pool.begin_platform("claim_deliveries").await?;
        let due = store::delivery::claim(&mut tx, STEP_MAX, LEASE).await?;
        tx.commit().await?;
        let taken = due.len();
        stream::iter(due)
            .for_each_concurrent(CONCURRENCY, |(tenant, id)| async move {
                if let Err(fault) = self.deliver(tenant, &id).await {
                    tracing::error!(delivery.id = id, error = %chain(&fault), "a delivery was not settled");
                }
            })
            .await;
        Ok(taken)
    }

    async fn deliver(&self, tenant: TenantKey, id: &str) -> Result<(), NotifyFault> {
        let principal = Principal::service(crate::NAME, tenant);
        let mut tx = self.pool.begin_read(&principal, "read_delivery").await?;
        let pending = store::delivery::find_pending(&mut tx, id).await?;
        tx.commit().await?;
        let Some((mail, attempts)) = pending else {
            return Ok(());
        };
        let outcome = self.attempt(&mail, id).await;
        let mut tx = self.pool.begin(&principal, "settle_delivery").await?;
        match outcome {
            Outcome::Sent => {
                store::delivery::mark_sent(&mut tx, id).await?;
            }
            Outcome::Failed(error) => {
                store::delivery::mark_failed(&mut tx, id, &error).await?;
            }
            Outcome::Later(error) => match wait_after(attempts, self.retry_base) {
                Some(wait) => store::delivery::put_off(&mut tx, id, wait, &error).await?,
                None => {
                    store::delivery::mark_failed(&mut tx, id, &error).await?;
                }
            },
        }
        Ok(tx.commit().await?)
    }

    /// Hands one mail to the server; `id` is for the log.
    pub(super) async fn attempt(&self, mail: &Mail, id: &str) -> Outcome {
        let outcome = match &self.sender {
            None => Outcome::Failed(NO_SERVER.to_owned()),
            Some(sender) => outcome(sender.send(mail).await, id),
        };
        self.metrics.attempted(match &outcome {
            Outcome::Sent => "sent",
            Outcome::Failed(_) => "failed",
            Outcome::Later(_) => "later",
        });
        outcome
    }
}

fn outcome(sent: Result<(), SendFault>, id: &str) -> Outcome {
    match sent {
        Ok(()) => Outcome::Sent,
        Err(fault) => {
            let error = chain(&fault);
            tracing::warn!(delivery.id = id, error, "a mail was not sent");
            match fault {
                SendFault::Later(_) => Outcome::Later(error),
                SendFault::Refused(_) | SendFault::Unsendable(_) => Outcome::Failed(error),
            }
        }
    }
}
