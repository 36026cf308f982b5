//! Reports, grounded in what was observed.
mod branding;
mod content;
mod downloads;
mod feedback;
mod get;
mod list;
mod logo;
mod request;
mod schedules;
mod shares;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{RunId, ViewId};
use wt_proto::report as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/reports`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_reports, request::request_report))
        .routes(routes!(get::get_report))
        .routes(routes!(content::get_report_content))
        .routes(routes!(downloads::create_report_download))
        .routes(routes!(downloads::get_report_download))
        .routes(routes!(
            shares::list_report_shares,
            shares::create_report_share
        ))
        .routes(routes!(
            feedback::get_report_feedback,
            feedback::put_report_feedback
        ))
        .routes(routes!(shares::revoke_report_share))
        .routes(routes!(shares::open_report_share))
        .routes(routes!(
            schedules::list_report_schedules,
            schedules::create_report_schedule
        ))
        .routes(routes!(
            schedules::pause_report_schedule,
            schedules::delete_report_schedule
        ))
        .routes(routes!(
            branding::get_report_branding,
            branding::put_report_branding
        ))
        .routes(routes!(
            logo::get_report_logo,
            logo::put_report_logo,
            logo::delete_report_logo
        ))
}

/// A report to request: of a run, or of what fits a filter in a period.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReport {
    /// The run it is about; then it has neither filter nor view nor period.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) run_id: Option<RunId>,
    // Its type says what it is: a doc comment here would become a second schema that no word fits.
    #[serde(default)]
    #[schema(inline)]
    pub(crate) kind: ReportKind,
    /// The grammar of docs/guides/filters.md; everything when left out.
    #[serde(default)]
    #[schema(max_length = 1024, example = "severity>=high asset:*.example.com")]
    pub(crate) filter: String,
    /// A saved view instead of a filter (`viw_…`).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) view_id: Option<ViewId>,
    /// Begin of the period; 30 days before its end when left out.
    #[serde(default)]
    pub(crate) since: Option<Moment>,
    /// Its end, not part of it; now when left out.
    #[serde(default)]
    pub(crate) until: Option<Moment>,
}

/// For whom a report is written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportKind {
    /// Who mends: everything that is open, and every change.
    #[default]
    Technical,
    /// Who decides: how things stand, what changed, what to do first.
    Executive,
}

impl ReportKind {
    /// As the services take it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Technical => "technical",
            Self::Executive => "executive",
        }
    }

    fn of(word: &str) -> Result<Self, Problem> {
        match word {
            // A service that does not know kinds wrote all for who mends.
            "technical" | "" => Ok(Self::Technical),
            "executive" => Ok(Self::Executive),
            _ => Err(Problem::broken_answer("report.kind")),
        }
    }
}

impl Checked for NewReport {}

/// A report: of one run, or of what fits a filter in a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// `rep_…`
    pub(crate) id: String,
    /// The run it is about, if it is about one.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) run_id: String,
    /// For whom it is written.
    pub(crate) kind: ReportKind,
    /// What it is about otherwise: a filter; empty for everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<String>,
    /// The schedule that asked for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) schedule_id: String,
    /// Name of the view the filter came from.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) view_name: String,
    /// Begin of its period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Moment>,
    /// End of its period, not part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Moment>,
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
            kind: ReportKind::of(&report.kind)?,
            filter: (report.subject == "exposures").then_some(report.filter),
            view_name: report.view_name,
            schedule_id: report.schedule_id,
            since: Moment::maybe(report.since.as_ref()),
            until: Moment::maybe(report.until.as_ref()),
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
