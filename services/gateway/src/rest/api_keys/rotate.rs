//! Gives a key a new secret.
use axum::Json;
use wt_model::ApiKeyId;
use wt_proto::tenant::RotateApiKeyRequest;

use super::{FreshApiKey, Rotation};
use crate::rest::{
    access::{KeysManage, May},
    extract::{OptionalBody, Segment},
    problem::Problem,
};

/// Gives a key a new secret; the old one works on for `overlap_seconds`.
#[utoipa::path(post, path = "/api-keys/{id}/rotate", tag = "api keys",
    params(("id" = String, Path, description = "key (`key_…`)")),
    request_body = Option<Rotation>,
    responses((status = 200, description = "the new secret", body = FreshApiKey)),
    extensions(("x-permission" = json!("keys:manage"))))]
pub(crate) async fn rotate_api_key(
    caller: May<KeysManage>,
    Segment(id): Segment<ApiKeyId>,
    OptionalBody(rotation): OptionalBody<Rotation>,
) -> Result<Json<FreshApiKey>, Problem> {
    let answer = caller
        .sign_in()?
        .rotate_api_key(RotateApiKeyRequest {
            api_key_id: id.to_string(),
            overlap_seconds: rotation.overlap_seconds,
        })
        .await?
        .into_inner();
    FreshApiKey::read(answer.api_key, answer.secret).map(Json)
}
