//! `tenant.organizations` and `tenant.members`.

use time::OffsetDateTime;
use wt_model::{Role, TenantKey, UserId};
use wt_pg::{PgFault, PlatformTx, TenantTx};

/// An organization a person reaches, and as what.
#[derive(Debug, Clone)]
pub(crate) struct AccessRow {
    pub(crate) tenant_key: String,
    pub(crate) parent_tenant_key: Option<String>,
    pub(crate) name: String,
    pub(crate) role: String,
}

/// An organization in a tree.
#[derive(Debug, Clone)]
pub(crate) struct NodeRow {
    pub(crate) tenant_key: String,
    pub(crate) parent_tenant_key: Option<String>,
    pub(crate) name: String,
    pub(crate) depth: i32,
    pub(crate) members: i64,
}

/// A member of the transaction's organization.
#[derive(Debug, Clone)]
pub(crate) struct MemberRow {
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) role: String,
    pub(crate) joined_at: OffsetDateTime,
}

/// Adds the transaction's organization.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    parent: Option<TenantKey>,
    name: &str,
    created_by: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into tenant.organizations (tenant_key, parent_tenant_key, name, created_by)
         values ($1, $2, $3, $4)",
        tenant,
        parent.map(|parent| parent.to_string()),
        name,
        created_by,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes a person a member of the transaction's organization.
pub(crate) async fn insert_member(
    tx: &mut TenantTx,
    user: UserId,
    role: Role,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into tenant.members (tenant_key, user_id, role) values ($1, $2, $3)",
        tenant,
        user.to_string(),
        role.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Members of the transaction's organization, by when they joined.
pub(crate) async fn list_members(tx: &mut TenantTx, limit: i64) -> Result<Vec<MemberRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        MemberRow,
        "select m.user_id, u.email, u.display_name, m.role, m.joined_at
         from tenant.members m
         join tenant.users u on u.id = m.user_id
         where m.tenant_key = $1 and u.disabled_at is null
         order by m.joined_at, m.user_id
         limit $2",
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Every organization a person reaches (SECURITY DEFINER: before one is chosen).
pub(crate) async fn access_of(
    tx: &mut PlatformTx,
    user_id: &str,
) -> Result<Vec<AccessRow>, PgFault> {
    let rows = sqlx::query_as!(
        AccessRow,
        r#"select tenant_key as "tenant_key!", parent_tenant_key, name as "name!", role as "role!"
           from tenant.access_of($1)
           order by name, tenant_key"#,
        user_id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// An organization and everything below it (SECURITY DEFINER: the caller reaches its root).
pub(crate) async fn subtree(tx: &mut PlatformTx, root: TenantKey) -> Result<Vec<NodeRow>, PgFault> {
    let rows = sqlx::query_as!(
        NodeRow,
        r#"select tenant_key as "tenant_key!", parent_tenant_key, name as "name!",
                  depth as "depth!", members as "members!"
           from tenant.subtree($1)"#,
        root.to_string(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
