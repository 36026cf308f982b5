//! Shows how a report stands.
use axum::Json;
use wt_model::ReportId;
use wt_proto::report::GetReportRequest;

use super::Report;
use crate::rest::{
    access::{May, ReportsRead},
    extract::Segment,
    problem::Problem,
};

/// One report.
#[utoipa::path(get, path = "/reports/{id}", tag = "reports",
    params(("id" = String, Path, description = "report (`rep_…`)")),
    responses((status = 200, description = "the report", body = Report)),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn get_report(
    caller: May<ReportsRead>,
    Segment(id): Segment<ReportId>,
) -> Result<Json<Report>, Problem> {
    let report = caller
        .reports()?
        .get_report(GetReportRequest {
            report_id: id.to_string(),
        })
        .await?
        .into_inner()
        .report
        .ok_or_else(|| Problem::broken_answer("get_report.report"))?;
    Ok(Json(report.try_into()?))
}
