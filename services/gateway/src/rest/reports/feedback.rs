//! What people think of the paragraphs of a report.
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_model::ReportId;
use wt_proto::report as wire;

use crate::rest::{
    access::{May, ReportsRead},
    extract::{Body, Checked, Segment},
    problem::Problem,
};

/// What somebody thinks of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Vote {
    /// It helps.
    Up,
    /// It does not.
    Down,
    /// Nothing, or nothing any more.
    None,
}

impl Vote {
    fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::None => "none",
        }
    }

    fn of(word: &str) -> Result<Self, Problem> {
        match word {
            "up" => Ok(Self::Up),
            "down" => Ok(Self::Down),
            "" => Ok(Self::None),
            _ => Err(Problem::broken_answer("report_feedback.vote")),
        }
    }
}

/// What to say of one paragraph.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFeedback {
    /// Heading by heading, from 1.
    #[schema(minimum = 1, maximum = 200)]
    paragraph: u32,
    // Its type says what it is: a doc comment here would become a second schema that no word fits.
    #[schema(inline)]
    vote: Vote,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
}

impl Checked for NewFeedback {}

/// What is said of the paragraphs of a report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportFeedback {
    /// Those of which something is said, in order.
    paragraphs: Vec<ParagraphFeedback>,
}

/// What is said of one paragraph.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParagraphFeedback {
    /// Heading by heading, from 1.
    paragraph: u32,
    // Of who asks; described by its type, as above.
    #[schema(inline)]
    vote: Vote,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    reason: String,
    /// Of all; left out for who does not write reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    all: Option<FeedbackCounts>,
}

/// What all say of one paragraph.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackCounts {
    /// Whom it helps.
    up: u32,
    /// Whom it does not.
    down: u32,
    /// The newest 20 reasons, without names.
    reasons: Vec<String>,
}

impl TryFrom<wire::ParagraphFeedback> for ParagraphFeedback {
    type Error = Problem;

    fn try_from(it: wire::ParagraphFeedback) -> Result<Self, Problem> {
        Ok(Self {
            paragraph: it.paragraph,
            vote: Vote::of(&it.vote)?,
            reason: it.reason,
            all: it.all.map(|all| FeedbackCounts {
                up: all.up,
                down: all.down,
                reasons: all.reasons,
            }),
        })
    }
}

/// What the caller thinks of the paragraphs of a report; what all think for who holds
/// `reports:create`.
#[utoipa::path(get, path = "/reports/{id}/feedback", tag = "reports",
    params(("id" = String, Path, description = "report (`rep_…`)")),
    responses((status = 200, description = "what is said", body = ReportFeedback)),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn get_report_feedback(
    caller: May<ReportsRead>,
    Segment(id): Segment<ReportId>,
) -> Result<Json<ReportFeedback>, Problem> {
    let report_id = id.to_string();
    let request = wire::GetReportFeedbackRequest { report_id };
    let answer = caller.reports()?.get_report_feedback(request).await?;
    let said = answer.into_inner().paragraphs.into_iter();
    Ok(Json(ReportFeedback {
        paragraphs: said.map(TryFrom::try_from).collect::<Result<_, _>>()?,
    }))
}

/// Says of a paragraph whether it helps, in the place of what the caller said before.
#[utoipa::path(put, path = "/reports/{id}/feedback", tag = "reports", request_body = NewFeedback,
    params(("id" = String, Path, description = "report (`rep_…`)")),
    responses((status = 204, description = "kept")),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn put_report_feedback(
    caller: May<ReportsRead>,
    Segment(id): Segment<ReportId>,
    Body(new): Body<NewFeedback>,
) -> Result<StatusCode, Problem> {
    let request = wire::PutReportFeedbackRequest {
        report_id: id.to_string(),
        paragraph: new.paragraph,
        vote: new.vote.as_str().to_owned(),
        reason: new.reason,
    };
    caller.reports()?.put_report_feedback(request).await?;
    Ok(StatusCode::NO_CONTENT)
}
