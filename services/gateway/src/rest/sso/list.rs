//! Lists connections.
use axum::Json;
use wt_proto::tenant::ListSsoConnectionsRequest;

use super::SsoConnectionPage;
use crate::rest::{
    access::{May, SsoManage},
    problem::Problem,
};

/// The organization's connections.
#[utoipa::path(get, path = "/sso/connections", tag = "auth",
    responses((status = 200, description = "the connections", body = SsoConnectionPage)),
    extensions(("x-permission" = json!("sso:manage"))))]
pub(crate) async fn list_sso_connections(
    caller: May<SsoManage>,
) -> Result<Json<SsoConnectionPage>, Problem> {
    let answer = caller
        .sso()?
        .list_sso_connections(ListSsoConnectionsRequest {})
        .await?
        .into_inner();
    SsoConnectionPage::from_wire(answer.connections, String::new()).map(Json)
}
