//! Requests a report.
use axum::{Json, http::StatusCode};
use wt_proto::report::RequestReportRequest;

use super::{NewReport, Report};
use crate::rest::{
    access::{May, ReportsCreate},
    extract::Body,
    moment::Moment,
    problem::Problem,
};

/// Requests a report of a run, or of what fits a filter in a period.
///
/// Also needs `runs:read`, or `exposures:read` when it is not about a run.
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
            run_id: new.run_id.map(|run| run.to_string()).unwrap_or_default(),
            kind: new.kind.as_str().to_owned(),
            filter: new.filter,
            view_id: new.view_id.map(|view| view.to_string()).unwrap_or_default(),
            since: new.since.map(Moment::to_wire),
            until: new.until.map(Moment::to_wire),
        })
        .await?
        .into_inner()
        .report
        .ok_or_else(|| Problem::broken_answer("request_report.report"))?;
    Ok((StatusCode::ACCEPTED, Json(report.try_into()?)))
}
