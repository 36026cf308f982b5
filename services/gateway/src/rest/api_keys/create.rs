//! Makes a key.
use axum::{Json, http::StatusCode};
use wt_proto::tenant::CreateApiKeyRequest;

use super::{FreshApiKey, NewApiKey};
use crate::rest::{
    access::{KeysManage, May},
    extract::Body,
    moment::Moment,
    problem::Problem,
};

/// Makes a key of the organization; its secret is in this answer only.
#[utoipa::path(post, path = "/api-keys", tag = "api keys", request_body = NewApiKey,
    responses((status = 201, description = "made", body = FreshApiKey)),
    extensions(("x-permission" = json!("keys:manage"))))]
pub(crate) async fn create_api_key(
    caller: May<KeysManage>,
    Body(new): Body<NewApiKey>,
) -> Result<(StatusCode, Json<FreshApiKey>), Problem> {
    let answer = caller
        .sign_in()?
        .create_api_key(CreateApiKeyRequest {
            name: new.name,
            scopes: new.scopes,
            expires_at: new.expires_at.map(Moment::to_wire),
        })
        .await?
        .into_inner();
    let fresh = FreshApiKey::read(answer.api_key, answer.secret)?;
    Ok((StatusCode::CREATED, Json(fresh)))
}
