//! Lets an impersonation do more, and ends it.
use axum::{Json, http::StatusCode};
use wt_model::ImpersonationId;
use wt_proto::tenant::{ElevateImpersonationRequest, EndImpersonationRequest};

use super::{StaffView, held};
use crate::rest::{
    access::{Caller, May, PlatformOperate},
    extract::Segment,
    problem::Problem,
};

/// Lets somebody else of the staff do more than read with a person's eyes; never what touches
/// people, roles, credentials, keys or billing. Nobody elevates themselves.
#[utoipa::path(post, path = "/admin/impersonations/{id}/elevate", tag = "admin",
    params(("id" = String, Path, description = "impersonation (`imp_…`)")),
    responses((status = 200, description = "elevated", body = StaffView)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn elevate_impersonation(
    caller: May<PlatformOperate>,
    Segment(id): Segment<ImpersonationId>,
) -> Result<Json<StaffView>, Problem> {
    let answer = caller
        .impersonations()?
        .elevate_impersonation(ElevateImpersonationRequest {
            impersonation_id: id.to_string(),
        })
        .await?
        .into_inner();
    caller.edge().session_changed();
    held(answer.impersonation).map(Json)
}

/// Ends an impersonation at once: whoever looks, anybody of the staff, or an owner of the
/// organization.
#[utoipa::path(delete, path = "/admin/impersonations/{id}", tag = "admin",
    params(("id" = String, Path, description = "impersonation (`imp_…`)")),
    responses((status = 204, description = "ended")))]
pub(crate) async fn end_impersonation(
    caller: Caller,
    Segment(id): Segment<ImpersonationId>,
) -> Result<StatusCode, Problem> {
    let answer = caller
        .impersonations()?
        .end_impersonation(EndImpersonationRequest {
            impersonation_id: id.to_string(),
        })
        .await?
        .into_inner();
    // The other gateways hear of it from the bus.
    caller.edge().access_ended([answer.session_id]).await;
    Ok(StatusCode::NO_CONTENT)
}
