//! Withdraws a proof of ownership.
use axum::Json;
use wt_model::AuthorizationId;
use wt_proto::asset::RevokeAuthorizationRequest;

use super::{Authorization, Revocation};
use crate::rest::{
    access::{AssetsWrite, May},
    extract::{OptionalBody, Segment},
    problem::Problem,
};

/// Withdraws a proof; runs that rest on it stop.
#[utoipa::path(post, path = "/authorizations/{id}/revoke", tag = "verification",
    params(("id" = String, Path, description = "authorization (`auz_…`)")),
    request_body = Option<Revocation>,
    responses((status = 200, description = "withdrawn", body = Authorization)),
    extensions(("x-permission" = json!("assets:write"))))]
pub(crate) async fn revoke_authorization(
    caller: May<AssetsWrite>,
    Segment(id): Segment<AuthorizationId>,
    OptionalBody(revocation): OptionalBody<Revocation>,
) -> Result<Json<Authorization>, Problem> {
    let proof = caller
        .assets()?
        .revoke_authorization(RevokeAuthorizationRequest {
            authorization_id: id.to_string(),
            reason: revocation.reason,
        })
        .await?
        .into_inner()
        .authorization
        .ok_or_else(|| Problem::broken_answer("revoke_authorization.authorization"))?;
    Ok(Json(proof.try_into()?))
}
