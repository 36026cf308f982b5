//! One multiplexed stream a browser (contracts §11).
use axum::{http::HeaderMap, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::Permission;
use wt_proto::scan::GetRunRequest;

use crate::{
    rest::{
        access::Caller,
        extract::{Checked, Params},
        problem::Problem,
    },
    stream::{LastEvent, Subscription, Topics, respond},
};

/// What to listen to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TopicQuery {
    /// `changes` and `run:<run_id>`, separated by commas.
    #[param(example = "changes,run:run_01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    topics: String,
}

impl Checked for TopicQuery {}

/// Live events: `run.changed`, `scan.progress`, `scan.log`, `exposure.changed` and `resync`.
///
/// `Last-Event-ID` resumes; where too much was missed, `resync` says that lists must be read
/// anew. A comment every 15 s keeps the connection. The stream ends when the session does.
#[utoipa::path(get, path = "/events", tag = "events", params(TopicQuery,
        ("last-event-id" = Option<String>, Header, description = "id of the last event that was seen")),
    responses((status = 200, description = "server-sent events", body = String, content_type = "text/event-stream")))]
pub(crate) async fn stream_events(
    caller: Caller,
    Params(query): Params<TopicQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let topics: Topics = query
        .topics
        .parse()
        .map_err(|reason: String| Problem::invalid_field("topics", reason))?;
    let tenant = wt_auth::tenant_of(caller.principal()).map_err(|fault| Problem::of(&fault))?;
    if topics.changes() {
        caller.may(Permission::ExposuresRead)?;
    }
    caller.may(Permission::RunsRead)?;
    for run in topics.runs() {
        // A run of another organization is not there.
        caller
            .scans()?
            .get_run(GetRunRequest {
                run_id: run.to_string(),
            })
            .await?;
    }
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .map(LastEvent::read);
    let listener = caller.edge().hub().listen(tenant, last);
    Ok(respond(
        Subscription {
            edge: caller.edge().clone(),
            credential: caller.credential().clone(),
            tenant,
            topics,
            stopping: caller.edge().stopping(),
        },
        listener,
    ))
}
