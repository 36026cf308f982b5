//! `tenant.organizations` and `tenant.members`.

use sqlx::types::Json;
use time::OffsetDateTime;
use wt_model::{Role, TenantKey, UserId};
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::domain::access::{Access, Gives, combine, strongest};

/// An organization a person reaches, and as what.
#[derive(Debug, Clone)]
pub(crate) struct AccessRow {
    pub(crate) tenant_key: String,
    pub(crate) parent_tenant_key: Option<String>,
    pub(crate) name: String,
    /// The strongest role, for people to read.
    pub(crate) role: String,
    /// What each membership at or above it gives.
    pub(crate) gives: Vec<Gives>,
}

impl AccessRow {
    /// An organization somebody founded just now.
    pub(crate) fn founded(key: TenantKey, parent: Option<TenantKey>, name: String) -> Self {
        Self {
            tenant_key: key.to_string(),
            parent_tenant_key: parent.map(|parent| parent.to_string()),
            role: Role::Owner.to_string(),
            gives: vec![Gives {
                tenant_key: key.to_string(),
                organization: name.clone(),
                role: Role::Owner,
                roles: Vec::new(),
                grants: Vec::new(),
            }],
            name,
        }
    }

    /// An organization somebody reaches by these memberships.
    pub(crate) fn reached(
        tenant_key: String,
        parent_tenant_key: Option<String>,
        name: String,
        gives: Vec<Gives>,
    ) -> Self {
        Self {
            role: strongest(&combine(&gives).roles).to_string(),
            tenant_key,
            parent_tenant_key,
            name,
            gives,
        }
    }

    /// What the person may do there.
    pub(crate) fn access(&self) -> Access {
        combine(&self.gives)
    }
}

/// An organization by itself.
#[derive(Debug, Clone)]
pub(crate) struct OrganizationRow {
    pub(crate) name: String,
    pub(crate) parent_tenant_key: Option<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) version: i64,
}

/// A team in a tree.
#[derive(Debug, Clone)]
pub(crate) struct NodeTeamRow {
    pub(crate) tenant_key: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) members: i64,
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
         where m.tenant_key = $1 and u.disabled_at is null and m.suspended_at is null
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
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", parent_tenant_key, name as "name!",
                  memberships as "memberships!: Json<Vec<Gives>>"
           from tenant.reach_of($1)
           order by name, tenant_key"#,
        user_id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            AccessRow::reached(
                row.tenant_key,
                row.parent_tenant_key,
                row.name,
                row.memberships.0,
            )
        })
        .collect())
}

/// The transaction's organization, held until its end: changes of its people happen one by one,
/// so that two owners who step down at once do not both find the other.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Option<OrganizationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        OrganizationRow,
        "select name, parent_tenant_key, created_at, version
         from tenant.organizations where tenant_key = $1 for update",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The transaction's organization.
pub(crate) async fn find(tx: &mut TenantTx) -> Result<Option<OrganizationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        OrganizationRow,
        "select name, parent_tenant_key, created_at, version
         from tenant.organizations where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Renames the transaction's organization.
pub(crate) async fn rename(tx: &mut TenantTx, name: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.organizations set name = $2, version = version + 1 where tenant_key = $1",
        tenant,
        name,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Steps from an organization up to its root (SECURITY DEFINER: the caller is in it).
pub(crate) async fn depth_of(tx: &mut PlatformTx, key: TenantKey) -> Result<i32, PgFault> {
    let depth = sqlx::query_scalar!(r#"select tenant.depth_of($1) as "depth!""#, key.to_string())
        .fetch_one(tx.conn())
        .await?;
    Ok(depth)
}

/// How many root organizations a person founded (SECURITY DEFINER: a count of their own).
pub(crate) async fn roots_founded(tx: &mut PlatformTx, user_id: &str) -> Result<i64, PgFault> {
    let count = sqlx::query_scalar!(r#"select tenant.roots_founded($1) as "count!""#, user_id)
        .fetch_one(tx.conn())
        .await?;
    Ok(count)
}

/// The teams of an organization and of everything below it (SECURITY DEFINER: the caller reaches
/// its root).
pub(crate) async fn teams_below(
    tx: &mut PlatformTx,
    root: TenantKey,
) -> Result<Vec<NodeTeamRow>, PgFault> {
    let rows = sqlx::query_as!(
        NodeTeamRow,
        r#"select tenant_key as "tenant_key!", id as "id!", name as "name!", members as "members!"
           from tenant.teams_below($1)"#,
        root.to_string(),
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
