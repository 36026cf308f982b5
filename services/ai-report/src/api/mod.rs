//! The gRPC door: one delegating line per RPC.

mod get_report;
mod get_report_content;
mod list_reports;
mod request_report;

use std::sync::Arc;

use tokio::sync::Notify;
use wt_artifacts::Artifacts;
use wt_pg::Pool;
use wt_proto::{
    convert::to_timestamp,
    report::{self, report_service_server::ReportService},
};
use wt_rpc::{Request, Response, Status, close, open};

use crate::{error::ReportFault, peers::Peers, store::report::ReportRow};

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
}

impl From<ReportRow> for report::Report {
    fn from(row: ReportRow) -> Self {
        Self {
            id: row.id,
            run_id: row.run_id,
            state: row.state,
            reason: row.reason,
            title: row.title,
            created_at: Some(to_timestamp(row.created_at)),
            ready_at: row.ready_at.map(to_timestamp),
            requested_by: row.requested_by,
        }
    }
}

/// Reads an identifier of a request. One that can't be is no report of anybody's.
fn report_id(text: &str) -> Result<wt_model::ReportId, ReportFault> {
    text.parse().map_err(|_| ReportFault::Unknown)
}
