//! `tenant.teams`, who is in them and what they may do on which assets.

use sqlx::types::Json;
use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};

/// A team with its members and grants.
#[derive(Debug, Clone)]
pub(crate) struct TeamRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) version: i64,
    pub(crate) members: Json<Vec<TeamMember>>,
    pub(crate) grants: Json<Vec<Grant>>,
}

/// A person in a team.
#[derive(Debug, Clone, serde::Deserialize)]
pub(crate) struct TeamMember {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) email_verified: bool,
}

/// A role on the assets that bear a tag; one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub(crate) struct Grant {
    pub(crate) tag: String,
    pub(crate) role: Option<String>,
    pub(crate) role_id: Option<String>,
}

/// Adds a team unless the name is taken.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    id: &str,
    name: &str,
    description: &str,
    created_by: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into tenant.teams (tenant_key, id, name, description, created_by)
         values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        tenant,
        id,
        name,
        description,
        created_by,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Teams by name, or the one with this id.
pub(crate) async fn list(tx: &mut TenantTx, id: Option<&str>) -> Result<Vec<TeamRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        TeamRow,
        r#"select t.id, t.name, t.description, t.created_at, t.version,
                  (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'email', u.email,
                       'display_name', u.display_name,
                       'email_verified', u.email_verified_at is not null) order by u.display_name, u.id), '[]')
                   from tenant.team_members tm join tenant.users u on u.id = tm.user_id
                   where tm.tenant_key = t.tenant_key and tm.team_id = t.id
                  ) as "members!: Json<Vec<TeamMember>>",
                  (select coalesce(jsonb_agg(jsonb_build_object('tag', g.tag, 'role', g.role,
                       'role_id', g.role_id) order by g.tag, g.role, g.role_id), '[]')
                   from tenant.team_grants g
                   where g.tenant_key = t.tenant_key and g.team_id = t.id
                  ) as "grants!: Json<Vec<Grant>>"
           from tenant.teams t
           where t.tenant_key = $1 and ($2::text is null or t.id = $2)
           order by lower(t.name)"#,
        tenant,
        id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Whether another team has this name.
pub(crate) async fn name_taken(tx: &mut TenantTx, id: &str, name: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let taken = sqlx::query_scalar!(
        r#"select exists (select 1 from tenant.teams
                          where tenant_key = $1 and id <> $2 and lower(name) = lower($3))
           as "taken!""#,
        tenant,
        id,
        name,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(taken)
}

/// Changes a team; any change of it counts as an edit.
pub(crate) async fn update(
    tx: &mut TenantTx,
    id: &str,
    name: &str,
    description: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.teams set name = $3, description = $4, version = version + 1
         where tenant_key = $1 and id = $2",
        tenant,
        id,
        name,
        description,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Replaces what a team may do.
pub(crate) async fn set_grants(
    tx: &mut TenantTx,
    id: &str,
    grants: &[Grant],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from tenant.team_grants where tenant_key = $1 and team_id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into tenant.team_grants (tenant_key, team_id, tag, role, role_id)
         select $1, $2, g.tag, g.role, g.role_id
         from jsonb_to_recordset($3) as g (tag text, role text, role_id text)",
        tenant,
        id,
        Json(grants) as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts a member into a team; twice changes nothing.
pub(crate) async fn add_member(
    tx: &mut TenantTx,
    id: &str,
    user_id: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into tenant.team_members (tenant_key, team_id, user_id) values ($1, $2, $3)
         on conflict do nothing",
        tenant,
        id,
        user_id,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a member out of a team; twice changes nothing.
pub(crate) async fn remove_member(
    tx: &mut TenantTx,
    id: &str,
    user_id: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "delete from tenant.team_members
         where tenant_key = $1 and team_id = $2 and user_id = $3",
        tenant,
        id,
        user_id,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a team, with its members and grants.
pub(crate) async fn delete(tx: &mut TenantTx, id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from tenant.teams where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
