//! Hands an organization over.
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use wt_model::TenantKey;
use wt_proto::tenant::TransferOwnershipRequest;

use crate::rest::{
    access::{May, OrganizationWrite},
    extract::{Body, Checked, Segment},
    problem::Problem,
};

/// Who becomes owner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOwner {
    /// A member (`usr_…`).
    #[schema(max_length = 64)]
    pub(crate) user_id: String,
}

impl Checked for NewOwner {}

/// Makes another member the owner, and the caller an admin. Only an owner can.
#[utoipa::path(post, path = "/organizations/{id}/transfer", tag = "organizations",
    request_body = NewOwner,
    params(("id" = String, Path, description = "organization (`org_…`)")),
    responses((status = 204, description = "handed over")),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn transfer_ownership(
    caller: May<OrganizationWrite>,
    Segment(id): Segment<TenantKey>,
    Body(to): Body<NewOwner>,
) -> Result<StatusCode, Problem> {
    let request = TransferOwnershipRequest {
        tenant_key: id.to_string(),
        user_id: to.user_id,
    };
    caller.people()?.transfer_ownership(request).await?;
    caller.edge().session_changed();
    Ok(StatusCode::NO_CONTENT)
}
