//! `tenant.sessions` and `tenant.refresh_tokens`: secrets are stored as hashes only.

use time::OffsetDateTime;
use wt_pg::{PgFault, PlatformTx};

/// A sign-in about to begin.
pub(crate) struct NewSession<'a> {
    pub(crate) id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) mode: &'a str,
    pub(crate) organization: &'a str,
    pub(crate) secret_hash: Option<&'a [u8]>,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) ip: &'a str,
    pub(crate) user_agent: &'a str,
}

/// A live sign-in.
#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) organization: String,
    pub(crate) expires_at: OffsetDateTime,
}

/// A refresh token with its session.
#[derive(Debug, Clone)]
pub(crate) struct RefreshRow {
    pub(crate) session: SessionRow,
    pub(crate) session_live: bool,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) used_at: Option<OffsetDateTime>,
}

/// Begins a sign-in.
pub(crate) async fn insert(tx: &mut PlatformTx, new: &NewSession<'_>) -> Result<(), PgFault> {
    sqlx::query!(
        "insert into tenant.sessions
             (id, user_id, mode, organization, secret_hash, expires_at, ip, user_agent)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.user_id,
        new.mode,
        new.organization,
        new.secret_hash,
        new.expires_at,
        new.ip,
        new.user_agent,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The live sign-in of a browser's secret.
pub(crate) async fn find_live_by_secret(
    tx: &mut PlatformTx,
    secret_hash: &[u8],
) -> Result<Option<SessionRow>, PgFault> {
    let row = sqlx::query_as!(
        SessionRow,
        "select id, user_id, organization, expires_at
         from tenant.sessions
         where secret_hash = $1 and revoked_at is null and expires_at > now()",
        secret_hash,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// The live sign-in of this id and person.
pub(crate) async fn lock_live_by_id(
    tx: &mut PlatformTx,
    id: &str,
    user_id: &str,
) -> Result<Option<SessionRow>, PgFault> {
    let row = sqlx::query_as!(
        SessionRow,
        "select id, user_id, organization, expires_at
         from tenant.sessions
         where id = $1 and user_id = $2 and revoked_at is null and expires_at > now()
         for update",
        id,
        user_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Changes which organization a sign-in looks at.
pub(crate) async fn set_organization(
    tx: &mut PlatformTx,
    id: &str,
    organization: &str,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.sessions set organization = $2 where id = $1",
        id,
        organization,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a sign-in; ending it twice changes nothing.
pub(crate) async fn revoke(tx: &mut PlatformTx, id: &str, reason: &str) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.sessions set revoked_at = now(), revoked_reason = $2
         where id = $1 and revoked_at is null",
        id,
        reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds a refresh token to a session's family.
pub(crate) async fn insert_refresh(
    tx: &mut PlatformTx,
    token_hash: &[u8],
    session_id: &str,
    expires_at: OffsetDateTime,
) -> Result<(), PgFault> {
    sqlx::query!(
        "insert into tenant.refresh_tokens (token_hash, session_id, expires_at)
         values ($1, $2, $3)",
        token_hash,
        session_id,
        expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A refresh token and its session, locked, so that two uses at once are seen one by one.
pub(crate) async fn lock_refresh(
    tx: &mut PlatformTx,
    token_hash: &[u8],
) -> Result<Option<RefreshRow>, PgFault> {
    let row = sqlx::query!(
        r#"select t.expires_at, t.used_at, s.id, s.user_id, s.organization,
                  s.expires_at as session_expires_at,
                  (s.revoked_at is null and s.expires_at > now()) as "session_live!"
           from tenant.refresh_tokens t
           join tenant.sessions s on s.id = t.session_id
           where t.token_hash = $1
           for update"#,
        token_hash,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| RefreshRow {
        session: SessionRow {
            id: row.id,
            user_id: row.user_id,
            organization: row.organization,
            expires_at: row.session_expires_at,
        },
        session_live: row.session_live,
        expires_at: row.expires_at,
        used_at: row.used_at,
    }))
}

/// Marks a refresh token used; the first use counts.
pub(crate) async fn mark_used(tx: &mut PlatformTx, token_hash: &[u8]) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.refresh_tokens set used_at = now()
         where token_hash = $1 and used_at is null",
        token_hash,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
