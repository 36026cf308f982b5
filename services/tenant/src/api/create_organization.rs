//! Makes a sub-organization of the caller's; the caller becomes its owner.

use ulid::Ulid;
use wt_auth::{may, tenant_of};
use wt_model::{Permission, Principal, PrincipalKind, Role, TenantKey};
use wt_proto::{event, tenant};

use super::Api;
use crate::{
    domain::name,
    error::TenantFault,
    people_fault::PeopleFault,
    store::{self, organization::AccessRow},
};

/// Deepest step below a root; reads of the tree stop there (`migrations/tenant`).
const DEPTH_MAX: i32 = 32;

pub(super) async fn create_organization(
    api: &Api,
    principal: &Principal,
    request: tenant::CreateOrganizationRequest,
) -> Result<tenant::CreateOrganizationResponse, TenantFault> {
    may(principal, Permission::OrganizationWrite)?;
    let name = name::parse("name", &request.name)?;
    if principal.kind != PrincipalKind::User {
        return Err(TenantFault::field(
            "principal",
            "only people own organizations",
        ));
    }
    let user = principal
        .sub
        .parse()
        .map_err(|_| TenantFault::SessionOver)?;
    let parent = tenant_of(principal)?;
    let child = TenantKey::from_ulid(Ulid::generate());
    let mut tx = api.pool.begin_platform("depth_of_parent").await?;
    if store::organization::depth_of(&mut tx, parent).await? >= DEPTH_MAX {
        return Err(PeopleFault::TooDeep.into());
    }
    tx.commit().await?;

    // The child's own context: a parent's role reaches down, its rows do not mix.
    let founder = Principal {
        tenant_key: Some(child),
        ..principal.clone()
    };
    let mut tx = api.pool.begin(&founder, "create_organization").await?;
    store::organization::insert(&mut tx, Some(parent), &name, &principal.sub).await?;
    store::organization::insert_member(&mut tx, user, Role::Owner).await?;
    let created = event::OrganizationCreated {
        name: name.clone(),
        parent_tenant_key: parent.to_string(),
        created_by: principal.sub.clone(),
    };
    wt_outbox::enqueue(&mut tx, &created).await?;
    let after = serde_json::json!({ "name": name, "parent_tenant_key": parent });
    wt_audit::record(
        &mut tx,
        "organization.create",
        &child.to_string(),
        None,
        Some(&after),
    )
    .await?;
    tx.commit().await?;
    let row = AccessRow::founded(child, Some(parent), name);
    Ok(tenant::CreateOrganizationResponse {
        organization: Some((&row).into()),
    })
}
