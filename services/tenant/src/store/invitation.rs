//! `tenant.invitations`: a mailed secret that makes somebody a member, stored as a hash.

use time::OffsetDateTime;
use wt_pg::{PgFault, PlatformTx, TenantTx};

/// An invitation.
#[derive(Debug, Clone)]
pub(crate) struct InvitationRow {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) invited_by: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) accepted_at: Option<OffsetDateTime>,
    pub(crate) revoked_at: Option<OffsetDateTime>,
}

/// Adds an invitation unless an open one for the address exists.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    row: &InvitationRow,
    token_hash: &[u8],
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into tenant.invitations
             (tenant_key, id, email, role, token_hash, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict do nothing",
        tenant,
        row.id,
        row.email,
        row.role,
        token_hash,
        row.invited_by,
        row.created_at,
        row.expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Withdraws what has run out for an address, so that it can be invited again.
pub(crate) async fn clear_expired(tx: &mut TenantTx, email: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.invitations set revoked_at = now()
         where tenant_key = $1 and lower(email) = lower($2)
           and accepted_at is null and revoked_at is null and expires_at <= now()",
        tenant,
        email,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Invitations made in the last day.
pub(crate) async fn made_today(tx: &mut TenantTx) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from tenant.invitations
           where tenant_key = $1 and created_at > now() - interval '1 day'"#,
        tenant,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}

/// Open invitations, newest first; those that ran out are among them, to be sent again.
pub(crate) async fn list_open(
    tx: &mut TenantTx,
    limit: i64,
) -> Result<Vec<InvitationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        InvitationRow,
        "select id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at
         from tenant.invitations
         where tenant_key = $1 and accepted_at is null and revoked_at is null
         order by created_at desc, id desc
         limit $2",
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One invitation, held until the end of the transaction: two who accept at once wait here.
pub(crate) async fn lock(tx: &mut TenantTx, id: &str) -> Result<Option<InvitationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        InvitationRow,
        "select id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at
         from tenant.invitations
         where tenant_key = $1 and id = $2
         for update",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Whose invitation a secret is (SECURITY DEFINER: keys only).
pub(crate) async fn of_token(
    tx: &mut PlatformTx,
    token_hash: &[u8],
) -> Result<Option<(String, String)>, PgFault> {
    let row = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!" from tenant.invitation_of($1)"#,
        token_hash,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.tenant_key, row.id)))
}

/// Gives an invitation another secret and more time.
pub(crate) async fn renew(
    tx: &mut TenantTx,
    id: &str,
    token_hash: &[u8],
    expires_at: OffsetDateTime,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.invitations set token_hash = $3, expires_at = $4
         where tenant_key = $1 and id = $2",
        tenant,
        id,
        token_hash,
        expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that whoever holds the link asked for a new one; none if they did within a day.
pub(crate) async fn note_asked(
    tx: &mut TenantTx,
    id: &str,
) -> Result<Option<InvitationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        InvitationRow,
        "update tenant.invitations set asked_at = now()
         where tenant_key = $1 and id = $2
           and (asked_at is null or asked_at < now() - interval '1 day')
         returning id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Withdraws an invitation.
pub(crate) async fn revoke(tx: &mut TenantTx, id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.invitations set revoked_at = now() where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Uses an invitation up.
pub(crate) async fn mark_accepted(
    tx: &mut TenantTx,
    id: &str,
    user_id: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update tenant.invitations set accepted_at = now(), accepted_by = $3
         where tenant_key = $1 and id = $2",
        tenant,
        id,
        user_id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
