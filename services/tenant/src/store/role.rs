//! `tenant.roles`: an organization's own roles.

use wt_pg::{PgFault, TenantTx};

/// An own role.
#[derive(Debug, Clone)]
pub(crate) struct RoleRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) permissions: Vec<String>,
    pub(crate) version: i64,
}

/// Adds a role unless the name is taken.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    row: &RoleRow,
    created_by: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into tenant.roles (tenant_key, id, name, permissions, created_by)
         values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        tenant,
        row.id,
        row.name,
        &row.permissions,
        created_by,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Roles, by name.
pub(crate) async fn list(tx: &mut TenantTx) -> Result<Vec<RoleRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        RoleRow,
        "select id, name, permissions, version from tenant.roles
         where tenant_key = $1 order by lower(name)",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One role, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut TenantTx, id: &str) -> Result<Option<RoleRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        RoleRow,
        "select id, name, permissions, version from tenant.roles
         where tenant_key = $1 and id = $2 for update",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Whether another role has this name.
pub(crate) async fn name_taken(tx: &mut TenantTx, id: &str, name: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let taken = sqlx::query_scalar!(
        r#"select exists (select 1 from tenant.roles
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

/// Changes a role.
pub(crate) async fn update(
    tx: &mut TenantTx,
    id: &str,
    name: &str,
    permissions: &[String],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.roles set name = $3, permissions = $4, version = version + 1
         where tenant_key = $1 and id = $2",
        tenant,
        id,
        name,
        permissions,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether a member holds a role or a team gives it.
pub(crate) async fn is_used(tx: &mut TenantTx, id: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let used = sqlx::query_scalar!(
        r#"select exists (select 1 from tenant.member_roles
                          where tenant_key = $1 and role_id = $2)
               or exists (select 1 from tenant.team_grants
                          where tenant_key = $1 and role_id = $2) as "used!""#,
        tenant,
        id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(used)
}

/// Removes a role nobody holds.
pub(crate) async fn delete(tx: &mut TenantTx, id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from tenant.roles where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
