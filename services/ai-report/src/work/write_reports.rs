//! Writes the reports that were asked for.
//!
//! The text depends on the run's data only and is stored under its digest, so that writing it
//! twice stores it once. A report is settled and announced in one transaction; nothing but SQL is
//! awaited inside it.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use wt_artifacts::{ArtifactKey, Artifacts};
use wt_fault::{Fault, Kind, chain};
use wt_model::{Principal, ReportId, RunId, TenantKey};
use wt_pg::Pool;
use wt_proto::event;

use crate::{
    domain::{plain, retry::wait_after},
    error::ReportFault,
    metrics::Metrics,
    peers::Peers,
    render::{html::HtmlRenderer, markdown::markdown},
    store::{self, report::Written},
    wire::facts,
};

/// Most reports taken at once: each is two calls and two objects.
const STEP_MAX: i32 = 10;
/// Reports worked on side by side.
const CONCURRENCY: usize = 2;
/// How long a claim lasts: well over the deadlines of all calls together.
const LEASE: Duration = Duration::from_mins(2);

/// Writes what is due.
pub(crate) struct Writer {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Results and the orchestrator.
    pub(crate) peers: Peers,
    /// Where reports lie.
    pub(crate) artifacts: Artifacts,
    /// The HTML form.
    pub(crate) html: HtmlRenderer,
    /// Links begin with this; no slash at its end.
    pub(crate) public_url: String,
    /// First wait after a failure; doubles.
    pub(crate) retry_base: Duration,
    /// Counters.
    pub(crate) metrics: Metrics,
}

/// A report that is stored and not yet announced.
struct Stored {
    title: String,
    markdown: ArtifactKey,
    html: ArtifactKey,
}

impl Writer {
    /// One step; returns how many reports were taken up.
    pub(crate) async fn step(&self) -> Result<usize, ReportFault> {
        let mut tx = self.pool.begin_platform("claim_reports").await?;
        let due = store::report::claim(&mut tx, STEP_MAX, LEASE).await?;
        tx.commit().await?;
        let taken = due.len();
        stream::iter(due)
            .for_each_concurrent(CONCURRENCY, |(tenant, id)| async move {
                if let Err(fault) = self.write(tenant, id).await {
                    // The lease ends by itself; the report is taken up again.
                    tracing::error!(report.id = %id, error = %chain(&fault), "a report was not settled");
                }
            })
            .await;
        Ok(taken)
    }

    async fn write(&self, tenant: TenantKey, id: ReportId) -> Result<(), ReportFault> {
        let principal = Principal::service(crate::NAME, tenant);
        let mut tx = self.pool.begin_read(&principal, "read_report").await?;
        let pending = store::report::find_pending(&mut tx, id).await?;
        tx.commit().await?;
        let Some(pending) = pending else {
            return Ok(());
        };
        match self.compose(&principal, tenant, pending.run_id).await {
            Ok(stored) => {
                self.settle(&principal, id, pending.run_id, Ok(&stored))
                    .await
            }
            Err(fault) => {
                // A peer may be on its way up or half upgraded; what is gone, forbidden or
                // contradicts the contract stays so, and somebody waits for the answer.
                let hopeless = !(fault.kind().may_retry() || fault.kind() == Kind::Internal);
                let wait = wait_after(pending.attempts, self.retry_base).filter(|_| !hopeless);
                match wait {
                    Some(wait) => self.put_off(&principal, id, wait, &fault).await,
                    None => {
                        self.settle(&principal, id, pending.run_id, Err(&fault))
                            .await
                    }
                }
            }
        }
    }

    async fn compose(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        run: RunId,
    ) -> Result<Stored, ReportFault> {
        let found = self.peers.run(principal, run).await?;
        let found = found.ok_or(ReportFault::Unknown)?;
        let summary = self.peers.run_summary(principal, run).await?;
        let outline = plain::outline(facts(found, summary)?);
        let markdown = markdown(&outline, &self.public_url);
        let html = self.html.html(&outline, &self.public_url)?;
        Ok(Stored {
            markdown: self
                .artifacts
                .put(tenant, run, Bytes::from(markdown))
                .await?,
            html: self.artifacts.put(tenant, run, Bytes::from(html)).await?,
            title: outline.title,
        })
    }

    async fn settle(
        &self,
        principal: &Principal,
        id: ReportId,
        run: RunId,
        written: Result<&Stored, &ReportFault>,
    ) -> Result<(), ReportFault> {
        let mut tx = self.pool.begin(principal, "settle_report").await?;
        let (first, state, reason) = match written {
            Ok(stored) => {
                let (markdown, html) = (stored.markdown.to_string(), stored.html.to_string());
                let written = Written {
                    title: &stored.title,
                    markdown_key: &markdown,
                    html_key: &html,
                };
                let first = store::report::mark_ready(&mut tx, id, written).await?;
                (first, "ready", String::new())
            }
            Err(fault) => {
                tracing::error!(report.id = %id, code = fault.code(), error = %chain(fault), "report given up");
                let reason = fault.to_string();
                let first = store::report::mark_failed(&mut tx, id, &reason, &chain(fault)).await?;
                (first, "failed", reason)
            }
        };
        if first {
            let ready = event::ReportReady {
                report_id: id.to_string(),
                run_id: run.to_string(),
                state: state.to_owned(),
                reason,
            };
            wt_outbox::enqueue(&mut tx, &ready).await?;
        }
        tx.commit().await?;
        if first {
            self.metrics.settled(state);
        }
        Ok(())
    }

    async fn put_off(
        &self,
        principal: &Principal,
        id: ReportId,
        wait: Duration,
        fault: &ReportFault,
    ) -> Result<(), ReportFault> {
        let error = chain(fault);
        tracing::warn!(report.id = %id, code = fault.code(), error, "report put off");
        let mut tx = self.pool.begin(principal, "put_off_report").await?;
        store::report::put_off(&mut tx, id, wait, &error).await?;
        Ok(tx.commit().await?)
    }
}
