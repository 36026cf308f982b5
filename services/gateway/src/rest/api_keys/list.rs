//! Lists the organization's keys.
use axum::Json;
use wt_proto::tenant::ListApiKeysRequest;

use super::ApiKeyPage;
use crate::rest::{
    access::{KeysManage, May},
    problem::Problem,
};

/// Keys of the organization, the newest first; revoked ones too.
#[utoipa::path(get, path = "/api-keys", tag = "api keys",
    responses((status = 200, description = "the keys", body = ApiKeyPage)),
    extensions(("x-permission" = json!("keys:manage"))))]
pub(crate) async fn list_api_keys(caller: May<KeysManage>) -> Result<Json<ApiKeyPage>, Problem> {
    let answer = caller
        .sign_in()?
        .list_api_keys(ListApiKeysRequest {})
        .await?
        .into_inner();
    ApiKeyPage::from_wire(answer.api_keys, String::new()).map(Json)
}
