//! Why somebody may do something here, or may not.

use wt_auth::{may, tenant_of};
use wt_model::{Permission, Principal, role_may};
use wt_proto::tenant;

use crate::{api::Api, domain::access::Gives, error::TenantFault, store};

pub(super) async fn explain_access(
    api: &Api,
    principal: &Principal,
    request: tenant::ExplainAccessRequest,
) -> Result<tenant::ExplainAccessResponse, TenantFault> {
    if request.user_id != principal.sub {
        may(principal, Permission::MembersManage)?;
    }
    let permission: Permission = request
        .permission
        .parse()
        .map_err(|error| TenantFault::field("permission", error))?;
    let here = tenant_of(principal)?.to_string();
    let mut tx = api.pool.begin_platform("explain_access").await?;
    let reach = store::organization::access_of(&mut tx, &request.user_id).await?;
    tx.commit().await?;
    // Only what reaches the caller's organization: where else somebody belongs is not told.
    let gives = reach
        .into_iter()
        .find(|row| row.tenant_key == here)
        .map(|row| row.gives)
        .unwrap_or_default();
    let tags = request.about_asset.then_some(request.tags.as_slice());
    let steps: Vec<_> = gives
        .iter()
        .flat_map(|gives| steps(gives, permission, tags))
        .collect();
    let giver = steps
        .iter()
        .find(|step| step.grants && step.tag.is_empty())
        .or_else(|| {
            let on_asset = |step: &&tenant::AccessStep| step.grants && request.about_asset;
            steps.iter().find(on_asset)
        });
    Ok(tenant::ExplainAccessResponse {
        allowed: giver.is_some(),
        reason: giver.map_or_else(|| missing(permission, &steps), given),
        steps,
    })
}

/// What one membership has to say about a permission.
fn steps(
    gives: &Gives,
    permission: Permission,
    tags: Option<&[String]>,
) -> Vec<tenant::AccessStep> {
    let step = |kind: &str, name: &str, tag: &str, grants: bool| tenant::AccessStep {
        kind: kind.to_owned(),
        tenant_key: gives.tenant_key.clone(),
        organization: gives.organization.clone(),
        name: name.to_owned(),
        tag: tag.to_owned(),
        grants,
    };
    let by_role = role_may(gives.role, permission) && !permission.is_of_platform();
    let mut steps = vec![step("role", gives.role.as_str(), "", by_role)];
    for role in &gives.roles {
        let grants = role.permissions().contains(&permission);
        steps.push(step("own_role", &role.name, "", grants));
    }
    for grant in &gives.grants {
        let borne = tags.is_none_or(|tags| tags.contains(&grant.tag));
        let grants = borne && grant.permissions().contains(&permission);
        steps.push(step("team", &grant.team, &grant.tag, grants));
    }
    steps
}

fn given(step: &tenant::AccessStep) -> String {
    let what = match step.kind.as_str() {
        "role" => "the role",
        "own_role" => "the organization's own role",
        _ => "the team",
    };
    format!("{what} {} in {}", step.name, step.organization)
}

fn missing(permission: Permission, steps: &[tenant::AccessStep]) -> String {
    if steps.is_empty() {
        return "no active membership in this organization or above it".to_owned();
    }
    let tags: Vec<&str> = steps
        .iter()
        .filter(|step| step.grants)
        .map(|step| step.tag.as_str())
        .collect();
    if tags.is_empty() {
        format!("nothing they hold gives {permission}")
    } else {
        format!("only on assets tagged {}", tags.join(", "))
    }
}
