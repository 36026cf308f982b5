//! Tells an exposure's history.
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::results::{GetTimelineRequest, TimelineEntry as WireEntry};

use super::action::Action;
use crate::rest::{
    access::{ExposuresRead, May},
    changes::Event,
    extract::{ExposureKey, Segment},
    moment::Moment,
    problem::Problem,
};

/// A transition or a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    /// When.
    at: Moment,
    /// What was observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
    /// What was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
}

impl TryFrom<WireEntry> for TimelineEntry {
    type Error = Problem;

    fn try_from(entry: WireEntry) -> Result<Self, Problem> {
        Ok(Self {
            at: Moment::required("timeline.at", entry.at.as_ref())?,
            event: entry.event.map(TryFrom::try_from).transpose()?,
            action: entry.action.map(TryFrom::try_from).transpose()?,
        })
    }
}

/// An exposure's history, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Timeline {
    /// The rows.
    items: Vec<TimelineEntry>,
    /// Null: there is one page.
    #[schema(required = true)]
    next_cursor: Option<String>,
    /// Transitions from before may be kept no longer by the plan; null: none is missing.
    #[schema(required = true)]
    kept_since: Option<Moment>,
}

/// Transitions and decisions of an exposure, oldest first.
#[utoipa::path(get, path = "/exposures/{key}/timeline", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    responses((status = 200, description = "the history", body = Timeline)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_timeline(
    caller: May<ExposuresRead>,
    Segment(key): Segment<ExposureKey>,
) -> Result<Json<Timeline>, Problem> {
    let answer = caller
        .results()?
        .get_timeline(GetTimelineRequest {
            key: key.to_string(),
        })
        .await?
        .into_inner();
    Ok(Json(Timeline {
        items: answer
            .entries
            .into_iter()
            .map(TryFrom::try_from)
            .collect::<Result<_, _>>()?,
        next_cursor: None,
        kept_since: Moment::maybe(answer.kept_since.as_ref()),
    }))
}
