//! Ends one sign-in of the caller.
use axum::http::StatusCode;
use wt_model::SessionId;
use wt_proto::tenant::EndSessionRequest;

use crate::rest::{access::Caller, extract::Segment, problem::Problem};

/// Ends one of the caller's sign-ins; its next request and its live streams are refused.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "session (`ses_…`)")),
    responses((status = 204, description = "ended")))]
pub(crate) async fn end_session(
    caller: Caller,
    Segment(id): Segment<SessionId>,
) -> Result<StatusCode, Problem> {
    let session_id = id.to_string();
    caller
        .sign_in()?
        .end_session(EndSessionRequest {
            session_id: session_id.clone(),
        })
        .await?;
    // The other gateways hear of it from the bus.
    caller.edge().access_ended([session_id]).await;
    Ok(StatusCode::NO_CONTENT)
}
