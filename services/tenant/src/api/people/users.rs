//! People of an organization: their roles, and whether they may come in at all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wt_auth::{may, tenant_of};
use wt_model::{Permission, Principal, Role};
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, event, tenant};

use super::{roles, scope};
use crate::{
    api::Api,
    domain::access::{may_give, may_give_role},
    error::TenantFault,
    people_fault::PeopleFault,
    store::{self, member::MemberRow},
};

/// Most people answered: more than any organization has seats.
const USERS_MAX: i64 = 1_000;
/// Most own roles of one person.
const ROLES_MAX: usize = 20;

pub(super) async fn list_users(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::ListUsersResponse, TenantFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "list_users").await?;
    let rows = store::member::list(&mut tx, USERS_MAX).await?;
    tx.commit().await?;
    Ok(tenant::ListUsersResponse {
        users: rows.into_iter().map(wire).collect(),
    })
}

pub(super) async fn update_user(
    api: &Api,
    principal: &Principal,
    request: tenant::UpdateUserRequest,
) -> Result<tenant::UpdateUserResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let wanted = Wanted::read(&request)?;
    let mut tx = api.pool.begin(principal, "update_user").await?;
    let member = lock(&mut tx, &request.user_id).await?;
    scope::fresh(request.version, member.version)?;
    let role = role_of(&member)?;
    guard(&mut tx, principal, role, &member.role_ids).await?;
    let next = wanted.role.unwrap_or(role);
    if !may_give_role(principal, next) {
        return Err(PeopleFault::BeyondOwn.into());
    }
    let was_out = member.suspended_at.is_some();
    let out = wanted.suspended.unwrap_or(was_out);
    if out && !was_out && member.user_id == principal.sub {
        return Err(PeopleFault::Oneself.into());
    }
    if role == Role::Owner && !was_out && (next != Role::Owner || out) {
        keep_an_owner(&mut tx, &member.user_id).await?;
    }
    if was_out && !out {
        api.billing.take_seat(&mut tx, &member.email).await?;
    }
    if let Some(role_ids) = &wanted.role_ids {
        guard(&mut tx, principal, Role::Member, role_ids).await?;
        store::member::set_roles(&mut tx, &member.user_id, role_ids).await?;
    }
    store::member::update(&mut tx, &member.user_id, next, out).await?;
    if out && !was_out {
        put_out(&mut tx, &member.user_id, "deactivated").await?;
    }
    let changed = store::member::find(&mut tx, &member.user_id)
        .await?
        .ok_or(PeopleFault::MemberUnknown)?;
    let (before, after) = (picture(&member), picture(&changed));
    let user = &member.user_id;
    wt_audit::record(&mut tx, "member.update", user, Some(&before), Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::UpdateUserResponse {
        user: Some(wire(changed)),
    })
}

pub(super) async fn remove_user(
    api: &Api,
    principal: &Principal,
    request: tenant::RemoveUserRequest,
) -> Result<tenant::RemoveUserResponse, TenantFault> {
    // Everybody may leave.
    let leaves = request.user_id == principal.sub;
    if leaves {
        scope::person(principal)?;
        tenant_of(principal)?;
    } else {
        may(principal, Permission::MembersManage)?;
    }
    let mut tx = api.pool.begin(principal, "remove_user").await?;
    let member = lock(&mut tx, &request.user_id).await?;
    let role = role_of(&member)?;
    if !leaves {
        guard(&mut tx, principal, role, &member.role_ids).await?;
    }
    if role == Role::Owner && member.suspended_at.is_none() {
        keep_an_owner(&mut tx, &member.user_id).await?;
    }
    store::member::delete(&mut tx, &member.user_id).await?;
    put_out(&mut tx, &member.user_id, "removed").await?;
    let (user, before) = (&member.user_id, picture(&member));
    wt_audit::record(&mut tx, "member.remove", user, Some(&before), None).await?;
    tx.commit().await?;
    Ok(tenant::RemoveUserResponse {})
}

/// What an update asks for; absent parts stay.
struct Wanted {
    role: Option<Role>,
    role_ids: Option<Vec<String>>,
    suspended: Option<bool>,
}

impl Wanted {
    fn read(request: &tenant::UpdateUserRequest) -> Result<Self, TenantFault> {
        let role = match request.role.as_str() {
            "" => None,
            word => Some(built_in("role", word)?),
        };
        let suspended = match request.state.as_str() {
            "" => None,
            "active" => Some(false),
            "deactivated" => Some(true),
            _ => {
                let reason = "expected active or deactivated";
                return Err(TenantFault::field("state", reason));
            }
        };
        let role_ids: BTreeSet<&String> = request.role_ids.iter().collect();
        if role_ids.len() > ROLES_MAX {
            let reason = format!("at most {ROLES_MAX} roles");
            return Err(TenantFault::field("role_ids", reason));
        }
        Ok(Self {
            role,
            role_ids: request
                .set_role_ids
                .then(|| role_ids.into_iter().cloned().collect()),
            suspended,
        })
    }
}

/// A role an organization can give.
pub(super) fn built_in(field: &str, word: &str) -> Result<Role, TenantFault> {
    let role: Role = word
        .parse()
        .map_err(|error| TenantFault::field(field, error))?;
    if role == Role::PlatformAdmin {
        return Err(TenantFault::field(field, "no organization gives this role"));
    }
    Ok(role)
}

/// A member, with the organization held: changes of its people happen one by one.
async fn lock(tx: &mut TenantTx, user_id: &str) -> Result<MemberRow, TenantFault> {
    store::organization::lock(tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let member = store::member::find(tx, user_id).await?;
    Ok(member.ok_or(PeopleFault::MemberUnknown)?)
}

/// Refuses to touch anybody who holds what the caller does not.
async fn guard(
    tx: &mut TenantTx,
    principal: &Principal,
    role: Role,
    role_ids: &[String],
) -> Result<(), TenantFault> {
    let own = roles::permissions_of(tx, role_ids).await?;
    if may_give_role(principal, role) && may_give(principal, &own) {
        Ok(())
    } else {
        Err(PeopleFault::BeyondOwn.into())
    }
}

/// Refuses to take the last owner who can act. The organization is locked.
async fn keep_an_owner(tx: &mut TenantTx, user_id: &str) -> Result<(), TenantFault> {
    if store::member::other_owners(tx, user_id).await? == 0 {
        Err(PeopleFault::LastOwner.into())
    } else {
        Ok(())
    }
}

/// Ends the sign-ins that looked at the organization or below it, and says so to the gateways.
pub(in crate::api) async fn put_out(
    tx: &mut TenantTx,
    user_id: &str,
    cause: &str,
) -> Result<(), TenantFault> {
    let reason = format!("{cause} in an organization");
    for session_id in store::session::end_below(tx, user_id, &reason).await? {
        let ended = event::SessionEnded {
            session_id,
            user_id: user_id.to_owned(),
            reason: reason.clone(),
        };
        wt_outbox::enqueue(tx, &ended).await?;
    }
    let gone = event::MemberRemoved {
        user_id: user_id.to_owned(),
        cause: cause.to_owned(),
    };
    wt_outbox::enqueue(tx, &gone).await?;
    Ok(())
}

fn role_of(member: &MemberRow) -> Result<Role, TenantFault> {
    member.role.parse().map_err(|_| TenantFault::Inconsistent {
        place: format!("tenant.members.role of {}", member.user_id),
    })
}

fn state(member: &MemberRow) -> &'static str {
    if member.suspended_at.is_some() {
        "deactivated"
    } else {
        "active"
    }
}

fn picture(member: &MemberRow) -> Value {
    json!({ "role": member.role, "role_ids": member.role_ids, "state": state(member) })
}

fn wire(row: MemberRow) -> tenant::OrganizationUser {
    tenant::OrganizationUser {
        state: state(&row).to_owned(),
        role: row.role,
        role_ids: row.role_ids,
        joined_at: Some(to_timestamp(row.joined_at)),
        version: u64::try_from(row.version).unwrap_or_default(),
        user: Some(tenant::User {
            id: row.user_id,
            email: row.email,
            display_name: row.display_name,
            email_verified: row.email_verified,
        }),
    }
}
