//! Lists where the caller is signed in.
use axum::Json;
use wt_proto::tenant::ListSessionsRequest;

use super::LiveSessionPage;
use crate::rest::{access::Caller, problem::Problem};

/// The caller's live sign-ins, the last used first.
#[utoipa::path(get, path = "/sessions", tag = "sessions",
    responses((status = 200, description = "the sign-ins", body = LiveSessionPage)))]
pub(crate) async fn list_sessions(caller: Caller) -> Result<Json<LiveSessionPage>, Problem> {
    let answer = caller
        .sign_in()?
        .list_sessions(ListSessionsRequest {})
        .await?
        .into_inner();
    LiveSessionPage::from_wire(answer.sessions, String::new()).map(Json)
}
