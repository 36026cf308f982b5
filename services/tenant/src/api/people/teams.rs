//! Teams, and what they may do on a part of the assets.

use serde_json::{Value, json};
use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal, Role, TeamId, TypedId};
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, tenant};

use super::{roles, scope};
use crate::{
    api::Api,
    domain::{
        access::{may_give, may_give_role},
        name,
    },
    error::TenantFault,
    people_fault::PeopleFault,
    store::{
        self,
        team::{Grant, TeamRow},
    },
};

/// Most grants of one team; an access token names a hundred tags in all.
const GRANTS_MAX: usize = 50;
/// The registry's limit for a tag.
const TAG_CHARS_MAX: usize = 64;
/// The database's limit (`migrations/tenant`).
const DESCRIPTION_CHARS_MAX: usize = 500;

pub(super) async fn list_teams(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::ListTeamsResponse, TenantFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "list_teams").await?;
    let rows = store::team::list(&mut tx, None).await?;
    tx.commit().await?;
    Ok(tenant::ListTeamsResponse {
        teams: rows.into_iter().map(wire).collect(),
    })
}

pub(super) async fn get_team(
    api: &Api,
    principal: &Principal,
    request: tenant::GetTeamRequest,
) -> Result<tenant::GetTeamResponse, TenantFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "get_team").await?;
    let row = find(&mut tx, &request.team_id).await?;
    tx.commit().await?;
    Ok(tenant::GetTeamResponse {
        team: Some(wire(row)),
    })
}

pub(super) async fn create_team(
    api: &Api,
    principal: &Principal,
    request: tenant::CreateTeamRequest,
) -> Result<tenant::CreateTeamResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let name = name::parse("name", &request.name)?;
    let description = description(&request.description)?;
    let grants = grants(request.grants)?;
    let id = TeamId::from_ulid(Ulid::generate()).to_string();
    let mut tx = api.pool.begin(principal, "create_team").await?;
    within(&mut tx, principal, &grants).await?;
    let who = &principal.sub;
    if !store::team::insert_unless_present(&mut tx, &id, &name, &description, who).await? {
        return Err(PeopleFault::NameTaken.into());
    }
    store::team::set_grants(&mut tx, &id, &grants).await?;
    let row = find(&mut tx, &id).await?;
    wt_audit::record(&mut tx, "team.create", &id, None, Some(&picture(&row))).await?;
    tx.commit().await?;
    Ok(tenant::CreateTeamResponse {
        team: Some(wire(row)),
    })
}

pub(super) async fn update_team(
    api: &Api,
    principal: &Principal,
    request: tenant::UpdateTeamRequest,
) -> Result<tenant::UpdateTeamResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin(principal, "update_team").await?;
    let row = lock(&mut tx, &request.team_id).await?;
    scope::fresh(request.version, row.version)?;
    within(&mut tx, principal, &row.grants).await?;
    let name = match request.name.as_str() {
        "" => row.name.clone(),
        name => name::parse("name", name)?,
    };
    let description = match &request.description {
        None => row.description.clone(),
        Some(text) => description(text)?,
    };
    if store::team::name_taken(&mut tx, &row.id, &name).await? {
        return Err(PeopleFault::NameTaken.into());
    }
    store::team::update(&mut tx, &row.id, &name, &description).await?;
    if request.set_grants {
        let grants = grants(request.grants)?;
        within(&mut tx, principal, &grants).await?;
        store::team::set_grants(&mut tx, &row.id, &grants).await?;
    }
    let changed = find(&mut tx, &row.id).await?;
    let (before, after) = (picture(&row), picture(&changed));
    wt_audit::record(&mut tx, "team.update", &row.id, Some(&before), Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::UpdateTeamResponse {
        team: Some(wire(changed)),
    })
}

pub(super) async fn delete_team(
    api: &Api,
    principal: &Principal,
    request: tenant::DeleteTeamRequest,
) -> Result<tenant::DeleteTeamResponse, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin(principal, "delete_team").await?;
    let row = lock(&mut tx, &request.team_id).await?;
    within(&mut tx, principal, &row.grants).await?;
    store::team::delete(&mut tx, &row.id).await?;
    wt_audit::record(&mut tx, "team.delete", &row.id, Some(&picture(&row)), None).await?;
    tx.commit().await?;
    Ok(tenant::DeleteTeamResponse {})
}

/// A team, with the organization held: changes of teams happen one by one.
pub(super) async fn lock(tx: &mut TenantTx, id: &str) -> Result<TeamRow, TenantFault> {
    store::organization::lock(tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    find(tx, id).await
}

/// A team.
pub(super) async fn find(tx: &mut TenantTx, id: &str) -> Result<TeamRow, TenantFault> {
    let rows = store::team::list(tx, Some(id)).await?;
    Ok(rows.into_iter().next().ok_or(PeopleFault::TeamUnknown)?)
}

/// Refuses grants of what the caller does not hold on every asset themselves.
pub(super) async fn within(
    tx: &mut TenantTx,
    principal: &Principal,
    grants: &[Grant],
) -> Result<(), TenantFault> {
    let own: Vec<String> = grants.iter().filter_map(|g| g.role_id.clone()).collect();
    let permissions = roles::permissions_of(tx, &own).await?;
    let mut built_in = grants.iter().filter_map(|grant| grant.role.as_deref());
    let held = built_in.all(|word| {
        word.parse()
            .is_ok_and(|role: Role| may_give_role(principal, role))
    });
    if held && may_give(principal, &permissions) {
        Ok(())
    } else {
        Err(PeopleFault::BeyondOwn.into())
    }
}

fn grants(wire: Vec<tenant::TeamGrant>) -> Result<Vec<Grant>, TenantFault> {
    if wire.len() > GRANTS_MAX {
        let reason = format!("at most {GRANTS_MAX} grants");
        return Err(TenantFault::field("grants", reason));
    }
    let mut grants = Vec::with_capacity(wire.len());
    for (at, grant) in wire.into_iter().enumerate() {
        let refuse =
            |part: &str, reason: &str| TenantFault::field(format!("grants[{at}].{part}"), reason);
        let fits = grant.tag.chars().count() <= TAG_CHARS_MAX;
        let tag = grant.tag.trim().to_owned();
        if !fits || tag.is_empty() || tag.chars().any(char::is_control) {
            return Err(refuse("tag", "1 to 64 printable characters"));
        }
        let given = |word: String| (!word.is_empty()).then_some(word);
        let (role, role_id) = (given(grant.role), given(grant.role_id));
        match (role.as_deref(), &role_id) {
            (Some("operator" | "viewer"), None) | (None, Some(_)) => {}
            (Some(_), None) => return Err(refuse("role", "expected operator or viewer")),
            _ => return Err(refuse("role", "exactly one of role and role_id")),
        }
        grants.push(Grant { tag, role, role_id });
    }
    grants.sort();
    grants.dedup();
    Ok(grants)
}

fn description(text: &str) -> Result<String, TenantFault> {
    let fits = text.chars().count() <= DESCRIPTION_CHARS_MAX;
    let text = text.trim();
    if !fits || text.chars().any(char::is_control) {
        let reason = format!("at most {DESCRIPTION_CHARS_MAX} printable characters");
        return Err(TenantFault::field("description", reason));
    }
    Ok(text.to_owned())
}

/// A team as the audit log shows it.
pub(super) fn picture(row: &TeamRow) -> Value {
    let members: Vec<&str> = row.members.iter().map(|m| m.id.as_str()).collect();
    json!({
        "name": row.name, "description": row.description, "members": members,
        "grants": row.grants.0,
    })
}

/// A team as it is answered.
pub(super) fn wire(row: TeamRow) -> tenant::Team {
    let member = |member: store::team::TeamMember| tenant::User {
        id: member.id,
        email: member.email,
        display_name: member.display_name,
        email_verified: member.email_verified,
    };
    let grant = |grant: Grant| tenant::TeamGrant {
        tag: grant.tag,
        role: grant.role.unwrap_or_default(),
        role_id: grant.role_id.unwrap_or_default(),
    };
    tenant::Team {
        id: row.id,
        name: row.name,
        description: row.description,
        members: row.members.0.into_iter().map(member).collect(),
        grants: row.grants.0.into_iter().map(grant).collect(),
        created_at: Some(to_timestamp(row.created_at)),
        version: u64::try_from(row.version).unwrap_or_default(),
    }
}
