//! Ends every sign-in of the caller but the one that asks.
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::tenant::EndOtherSessionsRequest;

use crate::rest::{access::Caller, problem::Problem};

/// What ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndedSessions {
    /// How many sign-ins.
    pub(crate) ended: usize,
}

/// Ends all of the caller's sign-ins but this one.
#[utoipa::path(delete, path = "/sessions", tag = "sessions",
    responses((status = 200, description = "ended", body = EndedSessions)))]
pub(crate) async fn end_other_sessions(caller: Caller) -> Result<Json<EndedSessions>, Problem> {
    let ids = caller
        .sign_in()?
        .end_other_sessions(EndOtherSessionsRequest {})
        .await?
        .into_inner()
        .ended_session_ids;
    let ended = ids.len();
    caller.edge().access_ended(ids).await;
    Ok(Json(EndedSessions { ended }))
}
