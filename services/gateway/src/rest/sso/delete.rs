//! Removes a connection.
use axum::http::StatusCode;
use wt_model::SsoConnectionId;
use wt_proto::tenant::DeleteSsoConnectionRequest;

use crate::rest::{
    access::{May, SsoManage},
    extract::Segment,
    problem::Problem,
};

/// Removes a connection; its people stay members.
#[utoipa::path(delete, path = "/sso/connections/{id}", tag = "auth",
    params(("id" = String, Path, description = "`sso_…`")),
    responses((status = 204, description = "removed")),
    extensions(("x-permission" = json!("sso:manage"))))]
pub(crate) async fn delete_sso_connection(
    caller: May<SsoManage>,
    Segment(id): Segment<SsoConnectionId>,
) -> Result<StatusCode, Problem> {
    caller
        .sso()?
        .delete_sso_connection(DeleteSsoConnectionRequest { id: id.to_string() })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
