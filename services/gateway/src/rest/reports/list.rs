//! Lists reports.
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::RunId;
use wt_proto::report::ListReportsRequest;

use super::ReportPage;
use crate::rest::{
    access::{May, ReportsRead},
    extract::{Checked, Params},
    page::PageQuery,
    problem::Problem,
    words::Word,
};

/// Which reports.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportFilter {
    /// Only about this run.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    run_id: Word<RunId>,
}

impl Checked for ReportFilter {}

/// Reports of the organization, newest first.
#[utoipa::path(get, path = "/reports", tag = "reports", params(ReportFilter, PageQuery),
    responses((status = 200, description = "a page of reports", body = ReportPage)),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn list_reports(
    caller: May<ReportsRead>,
    Params(filter): Params<ReportFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<ReportPage>, Problem> {
    let answer = caller
        .reports()?
        .list_reports(ListReportsRequest {
            page: Some(page.into()),
            run_id: filter.run_id.to_word(),
        })
        .await?
        .into_inner();
    ReportPage::from_wire(answer.reports, answer.next_cursor).map(Json)
}
