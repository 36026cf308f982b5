//! Sends letters: the same attempts and waits as other mails, until their link has run out.

use futures::{StreamExt, stream};
use time::OffsetDateTime;
use wt_fault::chain;
use wt_model::{Principal, TenantKey};

use super::deliver::{CONCURRENCY, Deliverer, LEASE, Outcome, STEP_MAX};
use crate::{domain::retry::wait_after, error::NotifyFault, store};

/// What is recorded of a letter whose link ended first.
const TOO_LATE: &str = "the link ran out before the mail could be sent";

impl Deliverer {
    /// One step of the letters; returns how many were taken up.
    pub(crate) async fn post(&self) -> Result<usize, NotifyFault> {
        let mut tx = self.pool.begin_platform("claim_letters").await?;
        let due = store::letter::claim(&mut tx, STEP_MAX, LEASE).await?;
        tx.commit().await?;
        let taken = due.len();
        stream::iter(due)
            .for_each_concurrent(CONCURRENCY, |(tenant, id)| async move {
                if let Err(fault) = self.post_one(tenant, &id).await {
                    tracing::error!(letter.id = id, error = %chain(&fault), "a letter was not settled");
                }
            })
            .await;
        Ok(taken)
    }

    async fn post_one(&self, tenant: TenantKey, id: &str) -> Result<(), NotifyFault> {
        let principal = Principal::service(crate::NAME, tenant);
        let mut tx = self.pool.begin_read(&principal, "read_letter").await?;
        let pending = store::letter::find_pending(&mut tx, id).await?;
        tx.commit().await?;
        let Some(pending) = pending else {
            return Ok(());
        };
        let now = OffsetDateTime::now_utc();
        let outcome = if pending.expires_at.is_some_and(|at| at <= now) {
            Outcome::Failed(TOO_LATE.to_owned())
        } else {
            self.attempt(&pending.mail, id).await
        };
        let mut tx = self.pool.begin(&principal, "settle_letter").await?;
        match outcome {
            Outcome::Sent => store::letter::settle(&mut tx, id, None).await?,
            Outcome::Failed(error) => store::letter::settle(&mut tx, id, Some(&error)).await?,
            Outcome::Later(error) => match wait_after(pending.attempts, self.retry_base) {
                Some(wait) => store::letter::put_off(&mut tx, id, wait, &error).await?,
                None => store::letter::settle(&mut tx, id, Some(&error)).await?,
            },
        }
        Ok(tx.commit().await?)
    }
}
