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
use wt_model::{Principal, ReportId, TenantKey};
use wt_paper::{Paper, PaperFault};
use wt_pg::Pool;
use wt_proto::event;

use super::gather;
use crate::{
    domain::{plain, retry::wait_after, subject::Subject},
    error::ReportFault,
    metrics::Metrics,
    peers::Peers,
    render::{
        self,
        paper::{home, paper},
        standing::About,
    },
    store::{
        self,
        report::{PendingRow, Written},
    },
    wire::facts,
};

/// Most reports taken at once: each is two calls and three objects.
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
    pdf: ArtifactKey,
}

/// The forms of a document.
struct Forms {
    markdown: Bytes,
    html: Bytes,
    pdf: Bytes,
}

impl Forms {
    /// Draws them, away from the tasks that answer: pages take a moment of CPU.
    async fn of(paper: Paper) -> Result<Self, ReportFault> {
        let drawn = tokio::task::spawn_blocking(move || -> Result<Self, PaperFault> {
            Ok(Self {
                markdown: wt_paper::markdown(&paper).into(),
                html: wt_paper::html(&paper).into(),
                pdf: wt_paper::pdf(&paper)?.into(),
            })
        });
        Ok(drawn.await??)
    }
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
        match self.compose(&principal, tenant, &pending).await {
            Ok(stored) => self.settle(&principal, id, &pending, Ok(&stored)).await,
            Err(fault) => {
                // A peer may be on its way up or half upgraded; what is gone, forbidden or
                // contradicts the contract stays so, and somebody waits for the answer.
                let hopeless = !(fault.kind().may_retry() || fault.kind() == Kind::Internal);
                let wait = wait_after(pending.attempts, self.retry_base).filter(|_| !hopeless);
                match wait {
                    Some(wait) => self.put_off(&principal, id, wait, &fault).await,
                    None => self.settle(&principal, id, &pending, Err(&fault)).await,
                }
            }
        }
    }

    async fn compose(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        pending: &PendingRow,
    ) -> Result<Stored, ReportFault> {
        let paper = self.paper(principal, tenant, pending).await?;
        let (title, run) = (paper.title.clone(), pending.run_id);
        let forms = Forms::of(paper).await?;
        Ok(Stored {
            markdown: self.artifacts.put(tenant, run, forms.markdown).await?,
            html: self.artifacts.put(tenant, run, forms.html).await?,
            pdf: self.artifacts.put(tenant, run, forms.pdf).await?,
            title,
        })
    }

    async fn paper(
        &self,
        principal: &Principal,
        tenant: TenantKey,
        pending: &PendingRow,
    ) -> Result<Paper, ReportFault> {
        let mut tx = self.pool.begin_read(principal, "read_branding").await?;
        let branding = store::branding::find(&mut tx).await?;
        let logo = store::logo::find(&mut tx).await?;
        let file = store::logo::file(&mut tx).await?;
        tx.commit().await?;
        let logo = file.zip(logo).map(|(png, row)| row.logo(png));
        let brand = branding.unwrap_or_default().brand(logo)?;
        let home = home(&self.public_url, tenant);
        match &pending.subject {
            Subject::Run(run) => {
                let found = self.peers.run(principal, *run).await?;
                let found = found.ok_or(ReportFault::Unknown)?;
                let summary = self.peers.run_summary(principal, *run).await?;
                let outline = plain::outline(facts(found, summary)?, pending.kind);
                Ok(paper(&outline, brand, &home))
            }
            Subject::Exposures {
                filter,
                view,
                period,
            } => {
                let standing = gather::standing(&self.peers, principal, filter, *period).await?;
                let about = About {
                    kind: pending.kind,
                    filter,
                    view,
                    period: *period,
                };
                Ok(render::standing::paper(&about, &standing, brand, &home))
            }
        }
    }

    async fn settle(
        &self,
        principal: &Principal,
        id: ReportId,
        pending: &PendingRow,
        written: Result<&Stored, &ReportFault>,
    ) -> Result<(), ReportFault> {
        let mut tx = self.pool.begin(principal, "settle_report").await?;
        let (first, state, title, reason) = match written {
            Ok(stored) => {
                let (markdown, html) = (stored.markdown.to_string(), stored.html.to_string());
                let pdf = stored.pdf.to_string();
                let written = Written {
                    title: &stored.title,
                    markdown_key: &markdown,
                    html_key: &html,
                    pdf_key: &pdf,
                };
                let first = store::report::mark_ready(&mut tx, id, written).await?;
                (first, "ready", stored.title.as_str(), String::new())
            }
            Err(fault) => {
                tracing::error!(report.id = %id, code = fault.code(), error = %chain(fault), "report given up");
                let reason = fault.to_string();
                let first = store::report::mark_failed(&mut tx, id, &reason, &chain(fault)).await?;
                (first, "failed", "", reason)
            }
        };
        if first {
            let ready = event::ReportReady {
                report_id: id.to_string(),
                run_id: match &pending.subject {
                    Subject::Run(run) => run.to_string(),
                    Subject::Exposures { .. } => String::new(),
                },
                state: state.to_owned(),
                reason,
                title: title.to_owned(),
                schedule_id: pending.schedule.clone(),
                scheduled_by: match pending.schedule.as_str() {
                    "" => String::new(),
                    _ => pending.requested_by.clone(),
                },
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
