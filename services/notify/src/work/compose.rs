//! Turns notices into deliveries: asks what the run led to, decides who hears of it.
//!
//! A notice is settled and its deliveries stored in one transaction, so a crash at any line
//! leaves either a pending notice, which is taken up again, or everything. Nothing but SQL is
//! awaited inside it: the other services are asked before.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use ulid::Ulid;
use wt_fault::{Fault, chain};
use wt_model::{Principal, Severity, TenantKey};
use wt_pg::Pool;
use wt_proto::{results, tenant};

use crate::{
    channel::render::Renderer,
    domain::{
        address::MailAddress,
        digest::{Change, RunDigest, digest},
        retry::wait_after,
        settings::Settings,
    },
    error::NotifyFault,
    peers::Peers,
    store::{self, delivery::NewDelivery, notice::NoticeRow},
};

/// Most notices taken at once: each is two calls and one short transaction.
const STEP_MAX: i32 = 20;
/// Notices worked on side by side.
const CONCURRENCY: usize = 4;
/// How long a claim lasts: well over the deadlines of both calls together.
const LEASE: Duration = Duration::from_mins(1);

/// Composes what is due.
pub(crate) struct Composer {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Results and tenant.
    pub(crate) peers: Peers,
    /// Bodies.
    pub(crate) renderer: Arc<Renderer>,
    /// First wait after a failure; doubles.
    pub(crate) retry_base: Duration,
}

impl Composer {
    /// One step; returns how many notices were taken up.
    pub(crate) async fn step(&self) -> Result<usize, NotifyFault> {
        let mut tx = self.pool.begin_platform("claim_notices").await?;
        let due = store::notice::claim(&mut tx, STEP_MAX, LEASE).await?;
        tx.commit().await?;
        let taken = due.len();
        stream::iter(due)
            .for_each_concurrent(CONCURRENCY, |(tenant, run_id)| async move {
                if let Err(fault) = self.compose(tenant, &run_id).await {
                    // The lease ends by itself; the notice is taken up again.
                    tracing::error!(run.id = run_id, error = %chain(&fault), "a notice was not settled");
                }
            })
            .await;
        Ok(taken)
    }

    async fn compose(&self, tenant: TenantKey, run_id: &str) -> Result<(), NotifyFault> {
        let principal = Principal::service(crate::NAME, tenant);
        let mut tx = self.pool.begin_read(&principal, "read_notice").await?;
        let notice = store::notice::find_pending(&mut tx, run_id).await?;
        let settings = store::settings::find(&mut tx).await?.unwrap_or_default();
        tx.commit().await?;
        let Some(notice) = notice else { return Ok(()) };
        match self.decide(&principal, &notice, &settings).await {
            Ok(Some((digest, audience))) => {
                self.store(&principal, run_id, &digest, &audience).await
            }
            Ok(None) => self.settle(&principal, run_id, "quiet", "").await,
            Err(fault) => {
                self.put_off(&principal, run_id, notice.attempts, &fault)
                    .await
            }
        }
    }

    /// What to say and to whom; `None` when there is nothing or nobody.
    async fn decide(
        &self,
        principal: &Principal,
        notice: &NoticeRow,
        settings: &Settings,
    ) -> Result<Option<(RunDigest, Vec<MailAddress>)>, NotifyFault> {
        if !settings.email_enabled {
            return Ok(None);
        }
        let summary = self
            .peers
            .run_summary(principal, &notice.run.run_id)
            .await?;
        let changes = changes(summary)?;
        let least: Severity = settings.min_severity;
        let Some(digest) = digest(&notice.run, changes, least) else {
            return Ok(None);
        };
        let members = if settings.recipients.is_empty() {
            self.peers.members(principal).await?
        } else {
            Vec::new()
        };
        let audience = settings.audience(members.iter().filter_map(address));
        Ok((!audience.is_empty()).then_some((digest, audience)))
    }

    async fn store(
        &self,
        principal: &Principal,
        run_id: &str,
        digest: &RunDigest,
        audience: &[MailAddress],
    ) -> Result<(), NotifyFault> {
        let body = self.renderer.render(run_id, digest)?;
        let mut tx = self.pool.begin(principal, "store_deliveries").await?;
        // Another replica may have settled it after this one's lease ended.
        if store::notice::settle(&mut tx, run_id, "composed", "").await? {
            for recipient in audience {
                let new = NewDelivery {
                    id: &format!("dlv_{}", Ulid::generate()),
                    run_id,
                    recipient,
                    subject: &digest.subject,
                    text: &body.text,
                    html: &body.html,
                };
                store::delivery::insert_unless_present(&mut tx, new).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    async fn settle(
        &self,
        principal: &Principal,
        run_id: &str,
        state: &str,
        error: &str,
    ) -> Result<(), NotifyFault> {
        let mut tx = self.pool.begin(principal, "settle_notice").await?;
        store::notice::settle(&mut tx, run_id, state, error).await?;
        Ok(tx.commit().await?)
    }

    async fn put_off(
        &self,
        principal: &Principal,
        run_id: &str,
        attempts: i32,
        fault: &NotifyFault,
    ) -> Result<(), NotifyFault> {
        let error = chain(fault);
        // Every kind is tried again: what refuses today may be a peer that is half upgraded.
        let Some(wait) = wait_after(attempts, self.retry_base) else {
            tracing::error!(
                run.id = run_id,
                code = fault.code(),
                error,
                "notice given up"
            );
            return self.settle(principal, run_id, "failed", &error).await;
        };
        tracing::warn!(
            run.id = run_id,
            code = fault.code(),
            error,
            "notice put off"
        );
        let mut tx = self.pool.begin(principal, "put_off_notice").await?;
        store::notice::put_off(&mut tx, run_id, wait, &error).await?;
        Ok(tx.commit().await?)
    }
}

fn changes(summary: results::GetRunSummaryResponse) -> Result<Vec<Change>, NotifyFault> {
    summary.events.into_iter().map(change).collect()
}

fn change(event: results::ExposureEvent) -> Result<Change, NotifyFault> {
    let place = |field: &str| format!("results.v1.ExposureEvent.{field} of {}", event.id);
    Ok(Change {
        event: event
            .r#type
            .parse()
            .map_err(|error| NotifyFault::inconsistent(place("type"), error))?,
        severity: event
            .severity
            .parse()
            .map_err(|error| NotifyFault::inconsistent(place("severity"), error))?,
        key: event.key,
        title: event.title,
        host: event.host,
        port: event.port,
        reason: event.reason,
        fields: event
            .changed_fields
            .into_iter()
            .map(|field| field.name)
            .collect(),
    })
}

/// A member's address; one that can't be written to is left out, and said so once.
fn address(member: &tenant::Member) -> Option<MailAddress> {
    let user = member.user.as_ref()?;
    let parsed = user.email.parse().ok();
    if parsed.is_none() {
        tracing::warn!(user.id = user.id, "a member's address can't be mailed");
    }
    parsed
}
