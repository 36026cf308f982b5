//! The gRPC door: one delegating line per RPC.

mod branding;
mod downloads;
mod feedback;
mod get_report;
mod get_report_content;
mod list_reports;
mod logo;
mod request_report;
mod schedules;
mod shares;

use std::sync::Arc;

use tokio::sync::Notify;
use wt_artifacts::Artifacts;
use wt_pg::Pool;
use wt_proto::{
    convert::to_timestamp,
    report::{self, report_service_server::ReportService},
};
use wt_rpc::{Request, Response, Status, close, open, open_anonymous};

use crate::{error::ReportFault, peers::Peers, store::report::ReportRow, tickets::Tickets};

/// What every handler needs.
#[derive(Clone)]
pub(crate) struct Api {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Results and the orchestrator.
    pub(crate) peers: Peers,
    /// Where reports lie.
    pub(crate) artifacts: Artifacts,
    /// Wakes the writer.
    pub(crate) wake: Arc<Notify>,
    /// Signs what opens a report without a session.
    pub(crate) tickets: Tickets,
}

#[tonic::async_trait]
impl ReportService for Api {
    async fn request_report(
        &self,
        request: Request<report::RequestReportRequest>,
    ) -> Result<Response<report::RequestReportResponse>, Status> {
        let (principal, message) = open(request)?;
        close(request_report::request_report(self, &principal, message).await)
    }

    async fn get_report(
        &self,
        request: Request<report::GetReportRequest>,
    ) -> Result<Response<report::GetReportResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_report::get_report(self, &principal, message).await)
    }

    async fn list_reports(
        &self,
        request: Request<report::ListReportsRequest>,
    ) -> Result<Response<report::ListReportsResponse>, Status> {
        let (principal, message) = open(request)?;
        close(list_reports::list_reports(self, &principal, message).await)
    }

    async fn get_report_content(
        &self,
        request: Request<report::GetReportContentRequest>,
    ) -> Result<Response<report::GetReportContentResponse>, Status> {
        let (principal, message) = open(request)?;
        close(get_report_content::get_report_content(self, &principal, message).await)
    }

    async fn create_report_download(
        &self,
        request: Request<report::CreateReportDownloadRequest>,
    ) -> Result<Response<report::CreateReportDownloadResponse>, Status> {
        let (principal, message) = open(request)?;
        close(downloads::create_download(self, &principal, message).await)
    }

    async fn get_report_download(
        &self,
        request: Request<report::GetReportDownloadRequest>,
    ) -> Result<Response<report::GetReportDownloadResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(downloads::get_download(self, message).await)
    }

    async fn get_report_feedback(
        &self,
        request: Request<report::GetReportFeedbackRequest>,
    ) -> Result<Response<report::GetReportFeedbackResponse>, Status> {
        let (principal, message) = open(request)?;
        close(feedback::get_feedback(self, &principal, message).await)
    }

    async fn put_report_feedback(
        &self,
        request: Request<report::PutReportFeedbackRequest>,
    ) -> Result<Response<report::PutReportFeedbackResponse>, Status> {
        let (principal, message) = open(request)?;
        close(feedback::put_feedback(self, &principal, message).await)
    }

    async fn create_report_share(
        &self,
        request: Request<report::CreateReportShareRequest>,
    ) -> Result<Response<report::CreateReportShareResponse>, Status> {
        let (principal, message) = open(request)?;
        close(shares::create_share(self, &principal, message).await)
    }

    async fn list_report_shares(
        &self,
        request: Request<report::ListReportSharesRequest>,
    ) -> Result<Response<report::ListReportSharesResponse>, Status> {
        let (principal, message) = open(request)?;
        close(shares::list_shares(self, &principal, message).await)
    }

    async fn revoke_report_share(
        &self,
        request: Request<report::RevokeReportShareRequest>,
    ) -> Result<Response<report::RevokeReportShareResponse>, Status> {
        let (principal, message) = open(request)?;
        close(shares::revoke_share(self, &principal, message).await)
    }

    async fn open_report_share(
        &self,
        request: Request<report::OpenReportShareRequest>,
    ) -> Result<Response<report::OpenReportShareResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(shares::open_share(self, message).await)
    }

    async fn list_report_schedules(
        &self,
        request: Request<report::ListReportSchedulesRequest>,
    ) -> Result<Response<report::ListReportSchedulesResponse>, Status> {
        let (principal, _) = open(request)?;
        close(schedules::list_schedules(self, &principal).await)
    }

    async fn create_report_schedule(
        &self,
        request: Request<report::CreateReportScheduleRequest>,
    ) -> Result<Response<report::CreateReportScheduleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(schedules::create_schedule(self, &principal, message).await)
    }

    async fn pause_report_schedule(
        &self,
        request: Request<report::PauseReportScheduleRequest>,
    ) -> Result<Response<report::PauseReportScheduleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(schedules::pause_schedule(self, &principal, message).await)
    }

    async fn delete_report_schedule(
        &self,
        request: Request<report::DeleteReportScheduleRequest>,
    ) -> Result<Response<report::DeleteReportScheduleResponse>, Status> {
        let (principal, message) = open(request)?;
        close(schedules::delete_schedule(self, &principal, message).await)
    }

    async fn get_report_branding(
        &self,
        request: Request<report::GetReportBrandingRequest>,
    ) -> Result<Response<report::GetReportBrandingResponse>, Status> {
        let (principal, _) = open(request)?;
        close(branding::get_branding(self, &principal).await)
    }

    async fn put_report_branding(
        &self,
        request: Request<report::PutReportBrandingRequest>,
    ) -> Result<Response<report::PutReportBrandingResponse>, Status> {
        let (principal, message) = open(request)?;
        close(branding::put_branding(self, &principal, message).await)
    }

    async fn get_report_logo(
        &self,
        request: Request<report::GetReportLogoRequest>,
    ) -> Result<Response<report::GetReportLogoResponse>, Status> {
        let (principal, _) = open(request)?;
        close(logo::get_logo(self, &principal).await)
    }

    async fn put_report_logo(
        &self,
        request: Request<report::PutReportLogoRequest>,
    ) -> Result<Response<report::PutReportLogoResponse>, Status> {
        let (principal, message) = open(request)?;
        close(logo::put_logo(self, &principal, message).await)
    }

    async fn delete_report_logo(
        &self,
        request: Request<report::DeleteReportLogoRequest>,
    ) -> Result<Response<report::DeleteReportLogoResponse>, Status> {
        let (principal, _) = open(request)?;
        close(logo::delete_logo(self, &principal).await)
    }
}

impl From<ReportRow> for report::Report {
    fn from(row: ReportRow) -> Self {
        Self {
            id: row.id,
            run_id: if row.subject == "run" {
                row.run_id
            } else {
                String::new()
            },
            state: row.state,
            reason: row.reason,
            title: row.title,
            created_at: Some(to_timestamp(row.created_at)),
            ready_at: row.ready_at.map(to_timestamp),
            requested_by: row.requested_by,
            kind: row.kind,
            subject: row.subject,
            filter: row.filter,
            view_name: row.view_name,
            since: row.since.map(to_timestamp),
            until: row.until.map(to_timestamp),
            schedule_id: row.schedule_id,
        }
    }
}

/// Reads an identifier of a request. One that can't be is no report of anybody's.
fn report_id(text: &str) -> Result<wt_model::ReportId, ReportFault> {
    text.parse().map_err(|_| ReportFault::Unknown)
}
