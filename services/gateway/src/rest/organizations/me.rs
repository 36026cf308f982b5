//! Says who the caller is and what they may do.
use axum::Json;
use wt_proto::tenant::GetMeRequest;

use super::{Impersonation, Me};
use crate::rest::{access::Caller, problem::Problem};

/// The caller, their organizations and permissions.
#[utoipa::path(get, path = "/me", tag = "organizations",
    responses((status = 200, description = "the caller", body = Me)))]
pub(crate) async fn get_me(caller: Caller) -> Result<Json<Me>, Problem> {
    let me = caller.tenant()?.get_me(GetMeRequest {}).await?.into_inner();
    let user = me.user.ok_or_else(|| Problem::broken_answer("me.user"))?;
    Ok(Json(Me {
        email_verified: user.email_verified,
        user: user.into(),
        organization: me
            .organization
            .ok_or_else(|| Problem::broken_answer("me.organization"))?
            .try_into()?,
        organizations: me
            .organizations
            .into_iter()
            .map(TryFrom::try_from)
            .collect::<Result<_, _>>()?,
        permissions: me.permissions,
        impersonation: me.looking.map(Impersonation::try_from).transpose()?,
    }))
}
