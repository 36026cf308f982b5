//! The caller, their organizations and who else is in them.
mod create;
mod hierarchy;
mod list;
mod me;
mod members;

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

/// Routes of `/me`, `/organizations`, `/tenants` and `/users`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(me::get_me))
        .routes(routes!(
            list::list_organizations,
            create::create_organization
        ))
        .routes(routes!(hierarchy::get_hierarchy))
        .routes(routes!(members::list_members))
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

/// Somebody acting as the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Impersonation {
    /// User id of the person behind.
    pub(crate) actor_id: String,
}

/// A sub-organization to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrganization {
    /// Its name.
    #[schema(min_length = 1, max_length = 100)]
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
        }
    }
}

/// A person in the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    /// Who.
    pub(crate) user: User,
    /// Role held.
    #[schema(schema_with = crate::rest::words::role)]
    pub(crate) role: String,
    /// Since when.
    pub(crate) joined_at: Moment,
}

impl TryFrom<wire::Member> for Member {
    type Error = Problem;

    fn try_from(member: wire::Member) -> Result<Self, Problem> {
        Ok(Self {
            joined_at: Moment::required("member.joined_at", member.joined_at.as_ref())?,
            user: member
                .user
                .ok_or_else(|| Problem::broken_answer("member.user"))?
                .into(),
            role: member.role,
        })
    }
}

page!(
    /// People of the organization.
    MemberPage of Member
);
page!(
    /// Organizations of the caller.
    OrganizationPage of Membership
);
