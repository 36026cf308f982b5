//! One multiplexed stream a browser (contracts §11).
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_fault::Kind;

use crate::rest::{
    access::Caller,
    extract::{Checked, Params},
    problem::Problem,
};

/// What to listen to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Topics {
    /// `changes` and `run:<run_id>`, separated by commas.
    #[param(example = "changes,run:run_01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    topics: String,
}

impl Checked for Topics {}

/// Live events: `run.changed`, `scan.progress`, `scan.log`, `exposure.changed` and `resync`.
///
/// `Last-Event-ID` resumes; where too much was missed, `resync` says that lists must be read
/// anew. A comment every 15 s keeps the connection.
#[utoipa::path(get, path = "/events", tag = "events", params(Topics,
        ("last-event-id" = Option<String>, Header, description = "id of the last event that was seen")),
    responses((status = 200, description = "server-sent events", body = String, content_type = "text/event-stream")))]
pub(crate) async fn stream_events(
    _caller: Caller,
    Params(topics): Params<Topics>,
) -> Result<Response, Problem> {
    Err(Problem::new(
        Kind::Unavailable,
        "gateway.stream_closed",
        topics.topics,
    ))
}
