//! Makes a connection.
use axum::{Json, http::StatusCode};

use super::{NewSsoConnection, SsoConnection};
use crate::rest::{
    access::{May, SsoManage},
    extract::Body,
    problem::Problem,
};

/// Makes a connection to an identity provider.
#[utoipa::path(post, path = "/sso/connections", tag = "auth", request_body = NewSsoConnection,
    responses((status = 201, description = "made", body = SsoConnection)),
    extensions(("x-permission" = json!("sso:manage"))))]
pub(crate) async fn create_sso_connection(
    caller: May<SsoManage>,
    Body(new): Body<NewSsoConnection>,
) -> Result<(StatusCode, Json<SsoConnection>), Problem> {
    let request = new.into_wire(String::new());
    let made = caller
        .sso()?
        .put_sso_connection(request)
        .await?
        .into_inner();
    Ok((StatusCode::CREATED, Json(made.try_into()?)))
}
