//! The caller, their organizations and who else is in them.
mod create;
mod hierarchy;
mod list;
mod me;
mod one;
mod tenant;
mod transfer;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::tenant as wire;

use super::{
    auth::{Membership, User},
    extract::Checked,
    moment::Moment,
    page::page,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/me`, `/organizations` and `/tenants`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(me::get_me))
        .routes(routes!(
            list::list_organizations,
            create::create_organization
        ))
        .routes(routes!(hierarchy::get_hierarchy))
        .routes(routes!(tenant::create_tenant))
        .routes(routes!(one::get_organization, one::update_organization))
        .routes(routes!(transfer::transfer_ownership))
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// Who.
    pub(crate) user: User,
    /// Whether a mail to their address was answered.
    pub(crate) email_verified: bool,
    /// The session's organization.
    pub(crate) organization: Membership,
    /// Every organization they belong to.
    pub(crate) organizations: Vec<Membership>,
    /// What they may do in the session's organization.
    pub(crate) permissions: Vec<String>,
    /// Who is acting as them; null for nobody.
    #[schema(required = true)]
    pub(crate) impersonation: Option<Impersonation>,
}

/// Somebody of the platform's staff acting as the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Impersonation {
    /// `imp_…`: ends with `DELETE /admin/impersonations/{id}`.
    pub(crate) id: String,
    /// User id of the person behind.
    pub(crate) actor_id: String,
    /// Their name.
    pub(crate) by: String,
    /// Why, as they said.
    pub(crate) reason: String,
    /// Since when.
    pub(crate) started_at: Moment,
    /// Until when at the latest.
    pub(crate) expires_at: Moment,
    /// Whether more than reading is allowed.
    pub(crate) elevated: bool,
}

impl TryFrom<wire::Looking> for Impersonation {
    type Error = Problem;

    fn try_from(looking: wire::Looking) -> Result<Self, Problem> {
        let started_at = looking.created_at.as_ref();
        let expires_at = looking.expires_at.as_ref();
        Ok(Self {
            started_at: Moment::required("looking.created_at", started_at)?,
            expires_at: Moment::required("looking.expires_at", expires_at)?,
            id: looking.impersonation_id,
            actor_id: looking.actor_id,
            by: looking.actor_name,
            reason: looking.reason,
            elevated: looking.elevated,
        })
    }
}

/// A sub-organization to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrganization {
    /// Its name.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) name: String,
}

impl Checked for NewOrganization {}

/// An organization in the tree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HierarchyNode {
    /// `org_…`
    pub(crate) tenant_key: String,
    /// Name.
    pub(crate) name: String,
    /// The one above; absent for a root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_tenant_key: Option<String>,
    /// Steps below the node that was asked for.
    pub(crate) depth: u32,
    /// People in it.
    pub(crate) members: u32,
    /// Teams in it, by name.
    pub(crate) teams: Vec<HierarchyTeam>,
}

/// A team in the tree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HierarchyTeam {
    /// `tem_…`
    pub(crate) id: String,
    /// Name.
    pub(crate) name: String,
    /// People in it.
    pub(crate) members: u32,
}

/// A subtree of organizations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hierarchy {
    /// Depth first, the one asked for first.
    pub(crate) nodes: Vec<HierarchyNode>,
}

impl From<wire::HierarchyNode> for HierarchyNode {
    fn from(node: wire::HierarchyNode) -> Self {
        Self {
            tenant_key: node.tenant_key,
            name: node.name,
            parent_tenant_key: (!node.parent_tenant_key.is_empty())
                .then_some(node.parent_tenant_key),
            depth: node.depth,
            members: node.members,
            teams: node
                .teams
                .into_iter()
                .map(|team| HierarchyTeam {
                    id: team.id,
                    name: team.name,
                    members: team.members,
                })
                .collect(),
        }
    }
}

page!(
    /// Organizations of the caller.
    OrganizationPage of Membership
);
