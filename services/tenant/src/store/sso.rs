//! `tenant.sso_*`: connections, their domains, whom they know, and sign-ins under way.

use std::collections::BTreeMap;

use sqlx::types::Json;
use time::OffsetDateTime;
use wt_pg::{PgFault, PlatformTx, TenantTx};

/// A connection with its settings; the client secret stays sealed.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Vec<u8>>,
    pub(crate) role_claim: String,
    pub(crate) role_map: Json<BTreeMap<String, String>>,
    pub(crate) default_role: String,
    pub(crate) enforced: bool,
    pub(crate) just_in_time: bool,
    pub(crate) enabled: bool,
    pub(crate) created_at: OffsetDateTime,
}

/// A domain of a connection.
#[derive(Debug, Clone)]
pub(crate) struct DomainRow {
    pub(crate) connection_id: String,
    pub(crate) domain: String,
    pub(crate) token: String,
    pub(crate) verified_at: Option<OffsetDateTime>,
}

/// A sign-in under way.
#[derive(Debug, Clone)]
pub(crate) struct AttemptRow {
    pub(crate) organization: String,
    pub(crate) connection_id: String,
    pub(crate) return_to: String,
}

/// Writes a connection as a whole: new, or in place of what was there.
pub(crate) async fn put(tx: &mut TenantTx, row: &ConnectionRow) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into tenant.sso_connections
             (tenant_key, id, name, issuer, client_id, client_secret, role_claim, role_map,
              default_role, enforced, just_in_time, enabled)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (tenant_key, id) do update set
             name = $3, issuer = $4, client_id = $5, client_secret = $6, role_claim = $7,
             role_map = $8, default_role = $9, enforced = $10, just_in_time = $11, enabled = $12",
        tenant,
        row.id,
        row.name,
        row.issuer,
        row.client_id,
        row.client_secret,
        row.role_claim,
        &row.role_map as _,
        row.default_role,
        row.enforced,
        row.just_in_time,
        row.enabled,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The organization's connection with this id, locked.
pub(crate) async fn lock(tx: &mut TenantTx, id: &str) -> Result<Option<ConnectionRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        ConnectionRow,
        r#"select id, name, issuer, client_id, client_secret, role_claim,
                  role_map as "role_map: _", default_role, enforced, just_in_time, enabled,
                  created_at
           from tenant.sso_connections where tenant_key = $1 and id = $2 for update"#,
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The organization's connections, oldest first.
pub(crate) async fn list(tx: &mut TenantTx) -> Result<Vec<ConnectionRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        ConnectionRow,
        r#"select id, name, issuer, client_id, client_secret, role_claim,
                  role_map as "role_map: _", default_role, enforced, just_in_time, enabled,
                  created_at
           from tenant.sso_connections where tenant_key = $1 order by id limit 100"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Removes a connection with its domains and identities.
pub(crate) async fn delete(tx: &mut TenantTx, id: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "delete from tenant.sso_connections where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Domains of every connection of the organization.
pub(crate) async fn domains(tx: &mut TenantTx) -> Result<Vec<DomainRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        DomainRow,
        "select connection_id, domain, token, verified_at
         from tenant.sso_domains where tenant_key = $1 order by domain",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Adds a domain that is to be proven, unless it is there.
pub(crate) async fn add_domain(
    tx: &mut TenantTx,
    connection: &str,
    domain: &str,
    token: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into tenant.sso_domains (tenant_key, connection_id, domain, token)
         values ($1, $2, $3, $4) on conflict do nothing",
        tenant,
        connection,
        domain,
        token,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes the domains that are not among `kept`.
pub(crate) async fn keep_domains(
    tx: &mut TenantTx,
    connection: &str,
    kept: &[String],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from tenant.sso_domains
         where tenant_key = $1 and connection_id = $2 and domain <> all($3)",
        tenant,
        connection,
        kept,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks a domain as proven, or as no longer proven.
pub(crate) async fn set_proven(
    tx: &mut TenantTx,
    connection: &str,
    domain: &str,
    proven: bool,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.sso_domains
         set verified_at = case when $4 then coalesce(verified_at, now()) end
         where tenant_key = $1 and connection_id = $2 and domain = $3",
        tenant,
        connection,
        domain,
        proven,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Who a provider's subject is; also says that they were seen now.
pub(crate) async fn touch_identity(
    tx: &mut TenantTx,
    connection: &str,
    subject: &str,
) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let user = sqlx::query_scalar!(
        "update tenant.sso_identities set last_used_at = now()
         where tenant_key = $1 and connection_id = $2 and subject = $3
         returning user_id",
        tenant,
        connection,
        subject,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(user)
}

/// Remembers who a provider's subject is.
pub(crate) async fn insert_identity(
    tx: &mut TenantTx,
    connection: &str,
    subject: &str,
    user: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into tenant.sso_identities (tenant_key, connection_id, subject, user_id)
         values ($1, $2, $3, $4)",
        tenant,
        connection,
        subject,
        user,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets whom a connection knows.
pub(crate) async fn forget_identities(tx: &mut TenantTx, connection: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from tenant.sso_identities where tenant_key = $1 and connection_id = $2",
        tenant,
        connection,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Where people of a domain sign in: organization and connection (SECURITY DEFINER).
pub(crate) async fn of_domain(
    tx: &mut PlatformTx,
    domain: &str,
) -> Result<Option<(String, String)>, PgFault> {
    let row = sqlx::query!(
        r#"select tenant_key as "tenant_key!", connection_id as "connection_id!"
           from tenant.sso_of_domain($1)"#,
        domain,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.tenant_key, row.connection_id)))
}

/// Whose an enabled connection is (SECURITY DEFINER).
pub(crate) async fn owner(tx: &mut PlatformTx, id: &str) -> Result<Option<String>, PgFault> {
    let owner = sqlx::query_scalar!("select tenant.sso_owner($1)", id)
        .fetch_one(tx.conn())
        .await?;
    Ok(owner)
}

/// Whether a person may not use a password (SECURITY DEFINER).
pub(crate) async fn is_enforced(tx: &mut PlatformTx, user: &str) -> Result<bool, PgFault> {
    let enforced = sqlx::query_scalar!(r#"select tenant.sso_is_enforced($1) as "enforced!""#, user)
        .fetch_one(tx.conn())
        .await?;
    Ok(enforced)
}

/// Begins a sign-in; forgets those nobody finished.
pub(crate) async fn begin_attempt(
    tx: &mut PlatformTx,
    state_hash: &[u8],
    browser_hash: &[u8],
    attempt: &AttemptRow,
    expires_at: OffsetDateTime,
) -> Result<(), PgFault> {
    sqlx::query!("delete from tenant.sso_attempts where expires_at < now()")
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "insert into tenant.sso_attempts
             (state_hash, browser_hash, organization, connection_id, return_to, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        state_hash,
        browser_hash,
        attempt.organization,
        attempt.connection_id,
        attempt.return_to,
        expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a sign-in away: it is used once, whatever comes of it.
pub(crate) async fn take_attempt(
    tx: &mut PlatformTx,
    state_hash: &[u8],
    browser_hash: &[u8],
) -> Result<Option<AttemptRow>, PgFault> {
    let row = sqlx::query_as!(
        AttemptRow,
        "delete from tenant.sso_attempts
         where state_hash = $1 and browser_hash = $2 and expires_at > now()
         returning organization, connection_id, return_to",
        state_hash,
        browser_hash,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}
