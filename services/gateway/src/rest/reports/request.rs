//! Requests a report.
use axum::{Json, http::StatusCode};
use wt_proto::report::RequestReportRequest;

use super::{NewReport, Report};
use crate::rest::{
    access::{May, ReportsCreate},
    extract::Body,
    problem::Problem,
};

/// Requests a summary of a run.
///
/// Also needs `runs:read`.
#[utoipa::path(post, path = "/reports", tag = "reports", request_body = NewReport,
    responses((status = 202, description = "requested", body = Report)),
    extensions(("x-permission" = json!("reports:create"))))]
pub(crate) async fn request_report(
    caller: May<ReportsCreate>,
    Body(new): Body<NewReport>,
) -> Result<(StatusCode, Json<Report>), Problem> {
    let report = caller
        .reports()?
        .request_report(RequestReportRequest {
            run_id: new.run_id.to_string(),
        })
        .await?
        .into_inner()
        .report
        .ok_or_else(|| Problem::broken_answer("request_report.report"))?;
    Ok((StatusCode::ACCEPTED, Json(report.try_into()?)))
}
