//! Who is in a team.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::tenant;

use super::teams;
use crate::{api::Api, error::TenantFault, people_fault::PeopleFault, store};

pub(super) async fn add_team_member(
    api: &Api,
    principal: &Principal,
    request: tenant::AddTeamMemberRequest,
) -> Result<tenant::AddTeamMemberResponse, TenantFault> {
    let asked = (request.team_id.as_str(), request.user_id.as_str());
    let team = change(api, principal, asked, Change::Add).await?;
    Ok(tenant::AddTeamMemberResponse { team: Some(team) })
}

pub(super) async fn remove_team_member(
    api: &Api,
    principal: &Principal,
    request: tenant::RemoveTeamMemberRequest,
) -> Result<tenant::RemoveTeamMemberResponse, TenantFault> {
    let asked = (request.team_id.as_str(), request.user_id.as_str());
    let team = change(api, principal, asked, Change::Remove).await?;
    Ok(tenant::RemoveTeamMemberResponse { team: Some(team) })
}

#[derive(Clone, Copy)]
enum Change {
    Add,
    Remove,
}

async fn change(
    api: &Api,
    principal: &Principal,
    (team_id, user_id): (&str, &str),
    change: Change,
) -> Result<tenant::Team, TenantFault> {
    may(principal, Permission::MembersManage)?;
    let mut tx = api.pool.begin(principal, "change_team_members").await?;
    let row = teams::lock(&mut tx, team_id).await?;
    // Being put into a team is being given what it may do.
    teams::within(&mut tx, principal, &row.grants).await?;
    store::member::find(&mut tx, user_id)
        .await?
        .ok_or(PeopleFault::MemberUnknown)?;
    let (changed, action) = match change {
        Change::Add => (
            store::team::add_member(&mut tx, &row.id, user_id).await?,
            "team.add_member",
        ),
        Change::Remove => (
            store::team::remove_member(&mut tx, &row.id, user_id).await?,
            "team.remove_member",
        ),
    };
    if changed {
        store::team::update(&mut tx, &row.id, &row.name, &row.description).await?;
    }
    let after = teams::find(&mut tx, &row.id).await?;
    if changed {
        let (before, now) = (teams::picture(&row), teams::picture(&after));
        wt_audit::record(&mut tx, action, &row.id, Some(&before), Some(&now)).await?;
    }
    tx.commit().await?;
    Ok(teams::wire(after))
}
