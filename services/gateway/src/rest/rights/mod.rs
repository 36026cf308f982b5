//! What the caller may do, and why somebody may do something.
use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{AssetId, Permission, Reach, UserId};
use wt_proto::{asset::GetAssetRequest, tenant as wire};

use super::{
    access::Caller,
    extract::{Checked, Params},
    problem::Problem,
    words::Word,
};
use crate::Edge;

/// Routes of `/me/permissions` and `/access`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get_permissions))
        .routes(routes!(explain_access))
}

/// What the caller may do in the session's organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Permissions {
    /// On everything.
    pub(crate) permissions: Vec<String>,
    /// Further ones, on the assets that bear a tag.
    pub(crate) groups: BTreeMap<String, BTreeSet<String>>,
}

/// What the caller may do.
#[utoipa::path(get, path = "/me/permissions", tag = "people",
    responses((status = 200, description = "for menus and buttons", body = Permissions)))]
pub(crate) async fn get_permissions(caller: Caller) -> Json<Permissions> {
    let principal = caller.principal();
    let mut permissions = Vec::new();
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for permission in Permission::ALL {
        match principal.reach(*permission) {
            Reach::Everything => permissions.push(permission.to_string()),
            Reach::Tagged(tags) => {
                for tag in tags {
                    let held = groups.entry(tag).or_default();
                    held.insert(permission.to_string());
                }
            }
            Reach::Nothing => {}
        }
    }
    Json(Permissions {
        permissions,
        groups,
    })
}

/// Whose right to what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccessQuery {
    /// Somebody; oneself without `members:manage`.
    #[serde(default)]
    #[param(value_type = String)]
    user_id: Word<UserId>,
    /// To do what.
    #[serde(default)]
    #[param(value_type = String, example = "exposures:act")]
    permission: Word<Permission>,
    /// On this asset; on everything without.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    asset_id: Word<AssetId>,
}

impl Checked for AccessQuery {}

/// One thing that gives, or would give, the permission.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessStep {
    /// `role`, `own_role` or `team`.
    pub(crate) kind: String,
    /// Organization of the membership it comes from, at or above this one.
    pub(crate) tenant_key: String,
    /// Its name.
    pub(crate) organization: String,
    /// Name of the role or the team.
    pub(crate) name: String,
    /// On assets with this tag only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<String>,
    /// Whether it gives what was asked.
    pub(crate) grants: bool,
}

/// Why, or why not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessExplanation {
    /// Whether they may.
    pub(crate) allowed: bool,
    /// In words.
    pub(crate) reason: String,
    /// Everything they hold here, the nearest organization first.
    pub(crate) steps: Vec<AccessStep>,
}

/// Why somebody may do something here, or may not: the chain of grants.
#[utoipa::path(get, path = "/access/explain", tag = "people", params(AccessQuery),
    responses((status = 200, description = "the chain of grants", body = AccessExplanation)))]
pub(crate) async fn explain_access(
    caller: Caller,
    Params(query): Params<AccessQuery>,
) -> Result<Json<AccessExplanation>, Problem> {
    let user_id = query.user_id.to_word();
    if user_id != caller.principal().sub {
        caller.may(Permission::MembersManage)?;
    }
    let asset_id = query.asset_id.to_word();
    let tags = if asset_id.is_empty() {
        None
    } else {
        // Read as the caller: nobody learns tags of an asset they do not see.
        let request = GetAssetRequest { asset_id };
        let answer = caller.assets()?.get_asset(request).await?.into_inner();
        Some(answer.asset.unwrap_or_default().tags)
    };
    let answer = caller
        .people()?
        .explain_access(wire::ExplainAccessRequest {
            user_id,
            permission: query.permission.to_word(),
            about_asset: tags.is_some(),
            tags: tags.unwrap_or_default(),
        })
        .await?
        .into_inner();
    let step = |step: wire::AccessStep| AccessStep {
        kind: step.kind,
        tenant_key: step.tenant_key,
        organization: step.organization,
        name: step.name,
        tag: (!step.tag.is_empty()).then_some(step.tag),
        grants: step.grants,
    };
    Ok(Json(AccessExplanation {
        allowed: answer.allowed,
        reason: answer.reason,
        steps: answer.steps.into_iter().map(step).collect(),
    }))
}
