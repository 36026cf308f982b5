//! Summaries of runs, grounded in what was observed.
mod content;
mod get;
mod list;
mod request;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::RunId;
use wt_proto::report as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/reports`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_reports, request::request_report))
        .routes(routes!(get::get_report))
        .routes(routes!(content::get_report_content))
}

/// A report to request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReport {
    /// The run it is about.
    #[schema(value_type = String)]
    pub(crate) run_id: RunId,
}

impl Checked for NewReport {}

/// A summary of one run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// `rep_…`
    pub(crate) id: String,
    /// The run it is about.
    pub(crate) run_id: String,
    /// How it stands.
    pub(crate) state: ReportState,
    /// Why it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) reason: String,
    /// Its title, once ready.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) title: String,
    /// When it was requested.
    pub(crate) created_at: Moment,
    /// When it was ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ready_at: Option<Moment>,
    /// User id.
    pub(crate) requested_by: String,
}

/// How a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportState {
    /// Being written.
    Requested,
    /// Can be read.
    Ready,
    /// Could not be written.
    Failed,
}

impl TryFrom<wire::Report> for Report {
    type Error = Problem;

    fn try_from(report: wire::Report) -> Result<Self, Problem> {
        Ok(Self {
            state: match report.state.as_str() {
                "requested" => ReportState::Requested,
                "ready" => ReportState::Ready,
                "failed" => ReportState::Failed,
                _ => return Err(Problem::broken_answer("report.state")),
            },
            created_at: Moment::required("report.created_at", report.created_at.as_ref())?,
            ready_at: Moment::maybe(report.ready_at.as_ref()),
            id: report.id,
            run_id: report.run_id,
            reason: report.reason,
            title: report.title,
            requested_by: report.requested_by,
        })
    }
}

page!(
    /// Reports of the organization, newest first.
    ReportPage of Report
);
