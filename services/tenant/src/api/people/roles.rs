//! An organization's own roles.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal, Role, RoleId, TypedId};
use wt_pg::TenantTx;
use wt_proto::tenant;

use super::scope;
use crate::{
    api::Api,
    domain::{
        access::{may_give, of_roles},
        name,
    },
    error::TenantFault,
    people_fault::PeopleFault,
    store::{self, role::RoleRow},
};

/// Most own roles of one organization: each is read for each of its members' sign-ins.
const ROLES_MAX: usize = 100;

pub(super) async fn list_roles(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::ListRolesResponse, TenantFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "list_roles").await?;
    let own = store::role::list(&mut tx).await?;
    tx.commit().await?;
    let built_in = Role::ALL
        .iter()
        .filter(|role| **role != Role::PlatformAdmin)
        .map(|role| tenant::CustomRole {
            name: role.to_string(),
            permissions: words(&of_roles(&BTreeSet::from([*role]))),
            built_in: true,
            ..Default::default()
        });
    Ok(tenant::ListRolesResponse {
        roles: built_in.chain(own.into_iter().map(wire)).collect(),
    })
}

pub(super) async fn create_role(
    api: &Api,
    principal: &Principal,
    request: tenant::CreateRoleRequest,
) -> Result<tenant::CreateRoleResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let name = name::parse("name", &request.name)?;
    let permissions = permissions(&request.permissions)?;
    within(principal, &permissions)?;
    let row = RoleRow {
        id: RoleId::from_ulid(Ulid::generate()).to_string(),
        name,
        permissions: words(&permissions),
        version: 1,
    };
    let mut tx = api.pool.begin(principal, "create_role").await?;
    store::organization::lock(&mut tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    if store::role::list(&mut tx).await?.len() >= ROLES_MAX {
        let reason = format!("an organization has at most {ROLES_MAX} roles");
        return Err(TenantFault::field("name", reason));
    }
    if !store::role::insert_unless_present(&mut tx, &row, &principal.sub).await? {
        return Err(PeopleFault::NameTaken.into());
    }
    let after = picture(&row);
    wt_audit::record(&mut tx, "role.create", &row.id, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::CreateRoleResponse {
        role: Some(wire(row)),
    })
}

pub(super) async fn update_role(
    api: &Api,
    principal: &Principal,
    request: tenant::UpdateRoleRequest,
) -> Result<tenant::UpdateRoleResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin(principal, "update_role").await?;
    let row = lock(&mut tx, &request.role_id).await?;
    scope::fresh(request.version, row.version)?;
    // What it holds now counts, too: taking away is a change of somebody's rights as well.
    within(principal, &known(&row))?;
    let mut next = row.clone();
    if !request.name.is_empty() {
        next.name = name::parse("name", &request.name)?;
    }
    if request.set_permissions {
        let wanted = permissions(&request.permissions)?;
        within(principal, &wanted)?;
        next.permissions = words(&wanted);
    }
    if store::role::name_taken(&mut tx, &row.id, &next.name).await? {
        return Err(PeopleFault::NameTaken.into());
    }
    store::role::update(&mut tx, &row.id, &next.name, &next.permissions).await?;
    next.version += 1;
    let (before, after) = (picture(&row), picture(&next));
    wt_audit::record(&mut tx, "role.update", &row.id, Some(&before), Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::UpdateRoleResponse {
        role: Some(wire(next)),
    })
}

pub(super) async fn delete_role(
    api: &Api,
    principal: &Principal,
    request: tenant::DeleteRoleRequest,
) -> Result<tenant::DeleteRoleResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin(principal, "delete_role").await?;
    let row = lock(&mut tx, &request.role_id).await?;
    within(principal, &known(&row))?;
    if store::role::is_used(&mut tx, &row.id).await? {
        return Err(PeopleFault::RoleInUse.into());
    }
    store::role::delete(&mut tx, &row.id).await?;
    let before = picture(&row);
    wt_audit::record(&mut tx, "role.delete", &row.id, Some(&before), None).await?;
    tx.commit().await?;
    Ok(tenant::DeleteRoleResponse {})
}

/// What some of the organization's own roles give together; each must be there. They are held
/// until the end of the transaction, so that none grows while it is handed out.
pub(super) async fn permissions_of(
    tx: &mut TenantTx,
    role_ids: &[String],
) -> Result<BTreeSet<Permission>, TenantFault> {
    let mut together = BTreeSet::new();
    for id in role_ids {
        together.extend(known(&lock(tx, id).await?));
    }
    Ok(together)
}

/// A role, with the organization held first: every change of people, teams and roles takes the
/// same lock first, so that no two of them wait for each other.
async fn lock(tx: &mut TenantTx, id: &str) -> Result<RoleRow, TenantFault> {
    store::organization::lock(tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let row = store::role::lock(tx, id).await?;
    Ok(row.ok_or(PeopleFault::RoleUnknown)?)
}

fn permissions(words: &[String]) -> Result<BTreeSet<Permission>, TenantFault> {
    let read = |(at, word): (usize, &String)| {
        word.parse()
            .map_err(|error| TenantFault::field(format!("permissions[{at}]"), error))
    };
    words.iter().enumerate().map(read).collect()
}

fn within(principal: &Principal, wanted: &BTreeSet<Permission>) -> Result<(), PeopleFault> {
    if may_give(principal, wanted) {
        Ok(())
    } else {
        Err(PeopleFault::BeyondOwn)
    }
}

fn known(row: &RoleRow) -> BTreeSet<Permission> {
    row.permissions
        .iter()
        .filter_map(|word| word.parse().ok())
        .collect()
}

fn words(permissions: &BTreeSet<Permission>) -> Vec<String> {
    permissions.iter().map(ToString::to_string).collect()
}

fn picture(row: &RoleRow) -> Value {
    json!({ "name": row.name, "permissions": row.permissions })
}

fn wire(row: RoleRow) -> tenant::CustomRole {
    tenant::CustomRole {
        id: row.id,
        name: row.name,
        permissions: row.permissions,
        built_in: false,
        version: u64::try_from(row.version).unwrap_or_default(),
    }
}
