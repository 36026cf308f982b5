//! Ends a key.
use axum::http::StatusCode;
use wt_model::ApiKeyId;
use wt_proto::tenant::RevokeApiKeyRequest;

use crate::rest::{
    access::{KeysManage, May},
    extract::Segment,
    problem::Problem,
};

/// Ends a key at once.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "api keys",
    params(("id" = String, Path, description = "key (`key_…`)")),
    responses((status = 204, description = "ended")),
    extensions(("x-permission" = json!("keys:manage"))))]
pub(crate) async fn revoke_api_key(
    caller: May<KeysManage>,
    Segment(id): Segment<ApiKeyId>,
) -> Result<StatusCode, Problem> {
    let api_key_id = id.to_string();
    caller
        .sign_in()?
        .revoke_api_key(RevokeApiKeyRequest {
            api_key_id: api_key_id.clone(),
        })
        .await?;
    // The other gateways hear of it from the bus.
    caller.edge().access_ended([api_key_id]).await;
    Ok(StatusCode::NO_CONTENT)
}
