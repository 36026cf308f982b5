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
    page::page,
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

page!(
    /// An exposure's history, oldest first.
    Timeline of TimelineEntry
);

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
    Timeline::from_wire(answer.entries, String::new()).map(Json)
}
