//! Organizations: founding a root, reading one, renaming one.

use std::collections::BTreeSet;

use serde_json::json;
use ulid::Ulid;
use wt_model::{Permission, Principal, Role, TenantKey};
use wt_proto::{convert::to_timestamp, event, tenant};

use super::scope;
use crate::{
    api::Api,
    domain::name,
    error::TenantFault,
    people_fault::PeopleFault,
    store::{
        self,
        organization::{AccessRow, OrganizationRow},
    },
};

/// Most roots one person founds: more are many small customers pretending to be one person.
const ROOTS_MAX: i64 = 20;

pub(super) async fn create_tenant(
    api: &Api,
    principal: &Principal,
    request: tenant::CreateTenantRequest,
) -> Result<tenant::CreateTenantResponse, TenantFault> {
    scope::person(principal)?;
    let name = name::parse("name", &request.name)?;
    let user = principal
        .sub
        .parse()
        .map_err(|_| TenantFault::SessionOver)?;
    let mut tx = api.pool.begin_platform("count_roots").await?;
    if store::organization::roots_founded(&mut tx, &principal.sub).await? >= ROOTS_MAX {
        return Err(PeopleFault::TooManyRoots.into());
    }
    tx.commit().await?;
    let root = TenantKey::from_ulid(Ulid::generate());
    let founder = Principal {
        tenant_key: Some(root),
        roles: BTreeSet::from([Role::Owner]),
        ..principal.clone()
    };
    let mut tx = api.pool.begin(&founder, "create_tenant").await?;
    store::organization::insert(&mut tx, None, &name, &principal.sub).await?;
    store::organization::insert_member(&mut tx, user, Role::Owner).await?;
    let created = event::OrganizationCreated {
        name: name.clone(),
        parent_tenant_key: String::new(),
        created_by: principal.sub.clone(),
    };
    wt_outbox::enqueue(&mut tx, &created).await?;
    let joined = event::MemberAdded {
        user_id: principal.sub.clone(),
        role: Role::Owner.to_string(),
    };
    wt_outbox::enqueue(&mut tx, &joined).await?;
    let (object, after) = (root.to_string(), json!({ "name": name }));
    wt_audit::record(&mut tx, "organization.create", &object, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::CreateTenantResponse {
        organization: Some((&AccessRow::founded(root, None, name)).into()),
    })
}

pub(super) async fn get_organization(
    api: &Api,
    principal: &Principal,
    request: tenant::GetOrganizationRequest,
) -> Result<tenant::GetOrganizationResponse, TenantFault> {
    let read = Permission::OrganizationRead;
    let there = scope::below(api, principal, read, &request.tenant_key).await?;
    let mut tx = api.pool.begin_read(&there, "get_organization").await?;
    let row = store::organization::find(&mut tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    tx.commit().await?;
    Ok(tenant::GetOrganizationResponse {
        organization: Some(wire(request.tenant_key, row)),
    })
}

pub(super) async fn update_organization(
    api: &Api,
    principal: &Principal,
    request: tenant::UpdateOrganizationRequest,
) -> Result<tenant::UpdateOrganizationResponse, TenantFault> {
    let write = Permission::OrganizationWrite;
    let there = scope::below(api, principal, write, &request.tenant_key).await?;
    let name = name::parse("name", &request.name)?;
    let mut tx = api.pool.begin(&there, "update_organization").await?;
    let mut row = store::organization::lock(&mut tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    scope::fresh(request.version, row.version)?;
    if row.name != name {
        store::organization::rename(&mut tx, &name).await?;
        let (before, after) = (json!({ "name": row.name }), json!({ "name": name }));
        let object = &request.tenant_key;
        let action = "organization.update";
        wt_audit::record(&mut tx, action, object, Some(&before), Some(&after)).await?;
        row.name = name;
        row.version += 1;
    }
    tx.commit().await?;
    Ok(tenant::UpdateOrganizationResponse {
        organization: Some(wire(request.tenant_key, row)),
    })
}

fn wire(tenant_key: String, row: OrganizationRow) -> tenant::Organization {
    tenant::Organization {
        tenant_key,
        name: row.name,
        parent_tenant_key: row.parent_tenant_key.unwrap_or_default(),
        created_at: Some(to_timestamp(row.created_at)),
        version: u64::try_from(row.version).unwrap_or_default(),
    }
}
