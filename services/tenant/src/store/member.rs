//! Members of the transaction's organization, with their own roles (`tenant.members`,
//! `tenant.member_roles`).

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_model::{Role, TenantKey};
use wt_pg::{PgFault, TenantTx};

/// A member, suspended or not.
#[derive(Debug, Clone)]
pub(crate) struct MemberRow {
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) email_verified: bool,
    pub(crate) role: String,
    pub(crate) role_ids: Vec<String>,
    pub(crate) joined_at: OffsetDateTime,
    pub(crate) suspended_at: Option<OffsetDateTime>,
    pub(crate) version: i64,
}

/// Members, by when they joined.
pub(crate) async fn list(tx: &mut TenantTx, limit: i64) -> Result<Vec<MemberRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        MemberRow,
        r#"select m.user_id, u.email, u.display_name, m.role, m.joined_at, m.suspended_at,
                  m.version, u.email_verified_at is not null as "email_verified!",
                  array(select mr.role_id from tenant.member_roles mr
                        where mr.tenant_key = m.tenant_key and mr.user_id = m.user_id
                        order by mr.role_id) as "role_ids!"
           from tenant.members m
           join tenant.users u on u.id = m.user_id
           where m.tenant_key = $1
           order by m.joined_at, m.user_id
           limit $2"#,
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Address and name of who invited somebody or, where they may no longer, of the first owner.
pub(crate) async fn who_invites(
    tx: &mut TenantTx,
    user_id: &str,
) -> Result<Option<(String, String)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select u.email, u.display_name
         from tenant.members m
         join tenant.users u on u.id = m.user_id
         where m.tenant_key = $1 and m.suspended_at is null
           and (m.role = 'owner' or (m.role = 'admin' and m.user_id = $2))
         order by (m.user_id = $2) desc, m.joined_at
         limit 1",
        tenant,
        user_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.email, row.display_name)))
}

/// One member.
pub(crate) async fn find(tx: &mut TenantTx, user_id: &str) -> Result<Option<MemberRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        MemberRow,
        r#"select m.user_id, u.email, u.display_name, m.role, m.joined_at, m.suspended_at,
                  m.version, u.email_verified_at is not null as "email_verified!",
                  array(select mr.role_id from tenant.member_roles mr
                        where mr.tenant_key = m.tenant_key and mr.user_id = m.user_id
                        order by mr.role_id) as "role_ids!"
           from tenant.members m
           join tenant.users u on u.id = m.user_id
           where m.tenant_key = $1 and m.user_id = $2"#,
        tenant,
        user_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Whether somebody with this address is a member.
pub(crate) async fn has_email(tx: &mut TenantTx, email: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let found = sqlx::query_scalar!(
        r#"select exists (
               select 1 from tenant.members m join tenant.users u on u.id = m.user_id
               where m.tenant_key = $1 and lower(u.email) = lower($2)
           ) as "found!""#,
        tenant,
        email,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}

/// Owners besides one member who can act. Ask it with the organization locked.
pub(crate) async fn other_owners(tx: &mut TenantTx, user_id: &str) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from tenant.members m
           join tenant.users u on u.id = m.user_id
           where m.tenant_key = $1 and m.user_id <> $2 and m.role = 'owner'
             and m.suspended_at is null and u.disabled_at is null"#,
        tenant,
        user_id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}

/// Makes somebody a member unless they are one; a suspended one stays suspended.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    user_id: &str,
    role: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into tenant.members (tenant_key, user_id, role) values ($1, $2, $3)
         on conflict do nothing",
        tenant,
        user_id,
        role,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes a member's role and whether they are suspended.
pub(crate) async fn update(
    tx: &mut TenantTx,
    user_id: &str,
    role: Role,
    suspended: bool,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.members
         set role = $3, version = version + 1,
             suspended_at = case when $4 then coalesce(suspended_at, now()) end
         where tenant_key = $1 and user_id = $2",
        tenant,
        user_id,
        role.as_str(),
        suspended,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Replaces a member's own roles.
pub(crate) async fn set_roles(
    tx: &mut TenantTx,
    user_id: &str,
    role_ids: &[String],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from tenant.member_roles where tenant_key = $1 and user_id = $2",
        tenant,
        user_id,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into tenant.member_roles (tenant_key, user_id, role_id)
         select $1, $2, r.id from unnest($3::text[]) as r (id)
         on conflict do nothing",
        tenant,
        user_id,
        role_ids,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes a member, with their own roles and teams.
pub(crate) async fn delete(tx: &mut TenantTx, user_id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from tenant.members where tenant_key = $1 and user_id = $2",
        tenant,
        user_id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What somebody calls themselves; people belong to no organization.
pub(crate) async fn display_name(tx: &mut TenantTx, user_id: &str) -> Result<String, PgFault> {
    let name = sqlx::query_scalar!(
        "select display_name from tenant.users where id = $1",
        user_id
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(name.unwrap_or_default())
}

/// Whether somebody is a member of an organization below this one (SECURITY DEFINER: theirs is
/// another).
pub(crate) async fn is_below(
    conn: &mut PgConnection,
    user_id: &str,
    above: TenantKey,
) -> Result<bool, PgFault> {
    let above = above.to_string();
    let below = sqlx::query_scalar!(
        r#"select tenant.member_below($1, $2) as "below!""#,
        user_id,
        above,
    )
    .fetch_one(conn)
    .await?;
    Ok(below)
}
