//! Replaces a connection's settings.
use axum::Json;
use wt_model::SsoConnectionId;

use super::{NewSsoConnection, SsoConnection};
use crate::rest::{
    access::{May, SsoManage},
    extract::{Body, Segment},
    problem::Problem,
};

/// Replaces a connection's settings; the stored secret stays unless one is given.
#[utoipa::path(put, path = "/sso/connections/{id}", tag = "auth",
    params(("id" = String, Path, description = "`sso_…`")),
    request_body = NewSsoConnection,
    responses((status = 200, description = "the connection now", body = SsoConnection)),
    extensions(("x-permission" = json!("sso:manage"))))]
pub(crate) async fn replace_sso_connection(
    caller: May<SsoManage>,
    Segment(id): Segment<SsoConnectionId>,
    Body(new): Body<NewSsoConnection>,
) -> Result<Json<SsoConnection>, Problem> {
    let request = new.into_wire(id.to_string());
    let row = caller
        .sso()?
        .put_sso_connection(request)
        .await?
        .into_inner();
    Ok(Json(row.try_into()?))
}
