//! A report that a schedule asked for is there, or could not be written: who made the schedule gets
//! a mail, for as long as they are a member.

use std::sync::Arc;

use tokio::sync::Notify;
use wt_bus::{Delivery, Handler, Outcome};
use wt_model::{Principal, ReportId};
use wt_pg::Pool;
use wt_proto::{event, stream::NOTIFY_REPORTS};

use crate::{
    channel::render::Renderer,
    domain::{
        address::MailAddress,
        letter::{self, Scheduled},
    },
    error::NotifyFault,
    peers::Peers,
    store::{self, letter::NewLetter},
};

/// Writes letters and keeps them until they are sent.
pub(crate) struct ReportReady {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Who is a member.
    pub(crate) peers: Peers,
    /// Writes the bodies.
    pub(crate) renderer: Arc<Renderer>,
    /// Wakes who sends them.
    pub(crate) wake: Arc<Notify>,
}

impl Handler for ReportReady {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        let ready = match delivery.payload::<event::ReportReady>() {
            Ok(ready) => ready,
            Err(error) => {
                return Outcome::Reject {
                    cause: error.to_string(),
                };
            }
        };
        if ready.schedule_id.is_empty() {
            return Outcome::Done;
        }
        Outcome::of(self.keep(&delivery, &ready).await)
    }
}

impl ReportReady {
    async fn keep(
        &self,
        delivery: &Delivery,
        ready: &event::ReportReady,
    ) -> Result<(), NotifyFault> {
        let report: ReportId = ready
            .report_id
            .parse()
            .map_err(|error| NotifyFault::field("report_id", error))?;
        // Said by ai-report; this service asks and writes in its own name.
        let principal = Principal::service(crate::NAME, delivery.tenant_key);
        let reader = self.reader(&principal, &ready.scheduled_by).await?;
        let mut tx = self.pool.begin(&principal, "keep_letter").await?;
        if !wt_outbox::first_time(&mut tx, NOTIFY_REPORTS.name, delivery.message_id()).await? {
            return Ok(());
        }
        if let Some((name, recipient)) = reader {
            let letter = letter::scheduled(&Scheduled {
                organization: &tx.tenant_key().to_string(),
                display_name: &name,
                report: &report.to_string(),
                title: &ready.title,
                failed: (ready.state == "failed").then_some(&ready.reason),
            });
            let body = self.renderer.letter(&letter)?;
            let new = NewLetter {
                id: delivery.message_id(),
                kind: "scheduled_report",
                recipient: &recipient,
                subject: &letter.subject,
                text: &body.text,
                html: &body.html,
                expires_at: None,
            };
            store::letter::insert_unless_present(&mut tx, new).await?;
        }
        tx.commit().await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Name and address of who made the schedule; `None` for somebody who left.
    async fn reader(
        &self,
        principal: &Principal,
        user: &str,
    ) -> Result<Option<(String, MailAddress)>, NotifyFault> {
        let members = self.peers.members(principal).await?;
        let of = |user: wt_proto::tenant::User| Some((user.display_name, user.email.parse().ok()?));
        Ok(members
            .into_iter()
            .filter_map(|member| member.user)
            .find(|member| member.id == user)
            .and_then(of))
    }
}
