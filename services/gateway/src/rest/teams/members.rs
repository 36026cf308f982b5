//! Who is in a team.
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;
use wt_model::{TeamId, UserId};
use wt_proto::tenant as wire;

use super::{Team, answered};
use crate::rest::{
    access::{May, MembersManage},
    extract::{Body, Checked, Segment, Segments},
    problem::Problem,
};

/// Whom to put into a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTeamMember {
    /// Somebody of the organization (`usr_…`).
    #[schema(max_length = 64)]
    pub(crate) user_id: String,
}

impl Checked for NewTeamMember {}

/// Puts somebody of the organization into a team.
#[utoipa::path(post, path = "/teams/{id}/members", tag = "people", request_body = NewTeamMember,
    params(("id" = String, Path, description = "team (`tem_…`)")),
    responses((status = 200, description = "the team", body = Team)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn add_team_member(
    caller: May<MembersManage>,
    Segment(id): Segment<TeamId>,
    Body(new): Body<NewTeamMember>,
) -> Result<Response, Problem> {
    let request = wire::AddTeamMemberRequest {
        team_id: id.to_string(),
        user_id: new.user_id,
    };
    let answer = caller.people()?.add_team_member(request).await?;
    caller.edge().session_changed();
    answered(StatusCode::OK, answer.into_inner().team)
}

/// Takes somebody out of a team.
#[utoipa::path(delete, path = "/teams/{id}/members/{user_id}", tag = "people",
    params(("id" = String, Path, description = "team (`tem_…`)"),
        ("user_id" = String, Path, description = "user (`usr_…`)")),
    responses((status = 200, description = "the team", body = Team)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn remove_team_member(
    caller: May<MembersManage>,
    Segments(id, user_id): Segments<TeamId, UserId>,
) -> Result<Response, Problem> {
    let request = wire::RemoveTeamMemberRequest {
        team_id: id.to_string(),
        user_id: user_id.to_string(),
    };
    let answer = caller.people()?.remove_team_member(request).await?;
    caller.edge().session_changed();
    answered(StatusCode::OK, answer.into_inner().team)
}
