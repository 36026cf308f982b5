//! Teams, who is in them and what they may do on which assets.
mod members;

use axum::{Json, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::TeamId;
use wt_proto::tenant as wire;

use super::{
    access::{May, MembersManage, OrganizationRead},
    auth::User,
    etag::{self, IfMatch},
    extract::{Body, Checked, Segment, named},
    moment::Moment,
    page::page,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/teams`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_teams, create_team))
        .routes(routes!(get_team, update_team, delete_team))
        .routes(routes!(members::add_team_member))
        .routes(routes!(members::remove_team_member))
}

/// A role on the assets that bear a tag: exactly one of `role` and `role_id`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamGrant {
    /// Tag of the assets.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) tag: String,
    /// `operator` or `viewer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// One of the organization's own roles (`rol_…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role_id: Option<String>,
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Team {
    /// `tem_…`
    pub(crate) id: String,
    /// Name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: String,
    /// Who is in it.
    pub(crate) members: Vec<User>,
    /// What its members may do on which assets.
    pub(crate) grants: Vec<TeamGrant>,
    /// Since when it exists.
    pub(crate) created_at: Moment,
    /// Grows with every edit; also the `etag`.
    pub(crate) version: u64,
}

impl TryFrom<wire::Team> for Team {
    type Error = Problem;

    fn try_from(team: wire::Team) -> Result<Self, Problem> {
        let given = |word: String| (!word.is_empty()).then_some(word);
        let grant = |grant: wire::TeamGrant| TeamGrant {
            tag: grant.tag,
            role: given(grant.role),
            role_id: given(grant.role_id),
        };
        Ok(Self {
            created_at: Moment::required("team.created_at", team.created_at.as_ref())?,
            id: team.id,
            name: team.name,
            description: team.description,
            members: team.members.into_iter().map(Into::into).collect(),
            grants: team.grants.into_iter().map(grant).collect(),
            version: team.version,
        })
    }
}

page!(
    /// Teams of the organization.
    TeamPage of Team
);

/// A team to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTeam {
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub(crate) description: String,
    /// What its members may do on which assets.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) grants: Vec<TeamGrant>,
}

impl Checked for NewTeam {}

/// What changes about a team; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamChange {
    /// Name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) name: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub(crate) description: Option<String>,
    /// What its members may do on which assets, all of it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) grants: Option<Vec<TeamGrant>>,
}

impl Checked for TeamChange {
    fn check(&self) -> Result<(), Problem> {
        named("name", self.name.as_deref())
    }
}

/// Teams of the organization.
#[utoipa::path(get, path = "/teams", tag = "people",
    responses((status = 200, description = "the teams, by name", body = TeamPage)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn list_teams(caller: May<OrganizationRead>) -> Result<Json<TeamPage>, Problem> {
    let request = wire::ListTeamsRequest {};
    let answer = caller.people()?.list_teams(request).await?.into_inner();
    TeamPage::from_wire(answer.teams, String::new()).map(Json)
}

/// Makes a team.
#[utoipa::path(post, path = "/teams", tag = "people", request_body = NewTeam,
    responses((status = 201, description = "made", body = Team)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn create_team(
    caller: May<MembersManage>,
    Body(new): Body<NewTeam>,
) -> Result<Response, Problem> {
    let request = wire::CreateTeamRequest {
        name: new.name,
        description: new.description,
        grants: grants(new.grants),
    };
    let answer = caller.people()?.create_team(request).await?.into_inner();
    answered(StatusCode::CREATED, answer.team)
}

/// One team.
#[utoipa::path(get, path = "/teams/{id}", tag = "people",
    params(("id" = String, Path, description = "team (`tem_…`)")),
    responses((status = 200, description = "the team", body = Team)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn get_team(
    caller: May<OrganizationRead>,
    Segment(id): Segment<TeamId>,
) -> Result<Response, Problem> {
    let request = wire::GetTeamRequest {
        team_id: id.to_string(),
    };
    let answer = caller.people()?.get_team(request).await?.into_inner();
    answered(StatusCode::OK, answer.team)
}

/// Changes a team.
#[utoipa::path(patch, path = "/teams/{id}", tag = "people", request_body = TeamChange,
    params(("id" = String, Path, description = "team (`tem_…`)"),
        ("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "as it is now", body = Team)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn update_team(
    caller: May<MembersManage>,
    Segment(id): Segment<TeamId>,
    IfMatch(version): IfMatch,
    Body(change): Body<TeamChange>,
) -> Result<Response, Problem> {
    let answer = caller
        .people()?
        .update_team(wire::UpdateTeamRequest {
            team_id: id.to_string(),
            name: change.name.unwrap_or_default(),
            description: change.description,
            set_grants: change.grants.is_some(),
            grants: grants(change.grants.unwrap_or_default()),
            version,
        })
        .await
        .map_err(etag::refused)?
        .into_inner();
    caller.edge().session_changed();
    answered(StatusCode::OK, answer.team)
}

/// Removes a team; what it gave goes with it.
#[utoipa::path(delete, path = "/teams/{id}", tag = "people",
    params(("id" = String, Path, description = "team (`tem_…`)")),
    responses((status = 204, description = "removed")),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn delete_team(
    caller: May<MembersManage>,
    Segment(id): Segment<TeamId>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeleteTeamRequest {
        team_id: id.to_string(),
    };
    caller.people()?.delete_team(request).await?;
    caller.edge().session_changed();
    Ok(StatusCode::NO_CONTENT)
}

fn answered(status: StatusCode, team: Option<wire::Team>) -> Result<Response, Problem> {
    let team: Team = team
        .ok_or_else(|| Problem::broken_answer("team"))?
        .try_into()?;
    Ok(etag::tagged(status, team.version, team))
}

fn grants(grants: Vec<TeamGrant>) -> Vec<wire::TeamGrant> {
    let grant = |grant: TeamGrant| wire::TeamGrant {
        tag: grant.tag,
        role: grant.role.unwrap_or_default(),
        role_id: grant.role_id.unwrap_or_default(),
    };
    grants.into_iter().map(grant).collect()
}
