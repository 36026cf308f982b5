//! Looks for the proof of a domain.
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;
use wt_model::SsoConnectionId;
use wt_proto::tenant::CheckSsoDomainRequest;

use super::SsoConnection;
use crate::rest::{
    access::{May, SsoManage},
    extract::{Body, Checked, Segment},
    problem::Problem,
};

/// Which domain to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DomainToCheck {
    /// One of the connection's, such as `example.com`.
    #[schema(min_length = 1, max_length = 253)]
    domain: String,
}

impl Checked for DomainToCheck {}

/// Looks for the TXT record of a domain; what was proven and is gone is proven no more.
#[utoipa::path(post, path = "/sso/connections/{id}/check", tag = "auth",
    params(("id" = String, Path, description = "`sso_…`")), request_body = DomainToCheck,
    responses((status = 200, description = "the connection now", body = SsoConnection)),
    extensions(("x-permission" = json!("sso:manage"))))]
pub(crate) async fn check_sso_domain(
    caller: May<SsoManage>,
    Segment(id): Segment<SsoConnectionId>,
    Body(asked): Body<DomainToCheck>,
) -> Result<Json<SsoConnection>, Problem> {
    let row = caller
        .sso()?
        .check_sso_domain(CheckSsoDomainRequest {
            id: id.to_string(),
            domain: asked.domain,
        })
        .await?
        .into_inner();
    Ok(Json(row.try_into()?))
}
