//! `tenant.device_codes`: a program's code is stored as a hash only.

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::PgFault;

/// A program that begins to wait.
pub(crate) struct NewDevice<'a> {
    pub(crate) device_hash: &'a [u8],
    pub(crate) user_code: &'a str,
    pub(crate) client_name: &'a str,
    pub(crate) ip: &'a str,
    pub(crate) user_agent: &'a str,
    pub(crate) expires_at: OffsetDateTime,
}

/// A program that waits, as the person who lets it in sees it.
#[derive(Debug, Clone)]
pub(crate) struct WaitingRow {
    pub(crate) client_name: String,
    pub(crate) ip: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
}

/// A program that asks.
#[derive(Debug, Clone)]
pub(crate) struct AskingRow {
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) polled_at: Option<OffsetDateTime>,
    pub(crate) user_id: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) decision: Option<String>,
    pub(crate) used: bool,
}

/// Lets a program wait; some that are over go. False when the user code is taken.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewDevice<'_>) -> Result<bool, PgFault> {
    sqlx::query!(
        "delete from tenant.device_codes where device_hash in (
             select device_hash from tenant.device_codes
             where expires_at < now() - interval '1 hour' limit 100)"
    )
    .execute(&mut *conn)
    .await?;
    let done = sqlx::query!(
        "insert into tenant.device_codes
             (device_hash, user_code, client_name, ip, user_agent, expires_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
        new.device_hash,
        new.user_code,
        new.client_name,
        new.ip,
        new.user_agent,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The program that waits with a user code.
pub(crate) async fn find_waiting(
    conn: &mut PgConnection,
    user_code: &str,
) -> Result<Option<WaitingRow>, PgFault> {
    let row = sqlx::query_as!(
        WaitingRow,
        "select client_name, ip, created_at, expires_at from tenant.device_codes
         where user_code = $1 and decision is null and expires_at > now()",
        user_code,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// Answers a program, once. None when none waits with this code.
pub(crate) async fn answer(
    conn: &mut PgConnection,
    user_code: &str,
    user_id: &str,
    organization: &str,
    decision: &str,
) -> Result<Option<String>, PgFault> {
    let name = sqlx::query_scalar!(
        "update tenant.device_codes set user_id = $2, organization = $3, decision = $4
         where user_code = $1 and decision is null and expires_at > now()
         returning client_name",
        user_code,
        user_id,
        organization,
        decision,
    )
    .fetch_optional(conn)
    .await?;
    Ok(name)
}

/// The program of a device code, locked, as it was before this question.
pub(crate) async fn lock_asking(
    conn: &mut PgConnection,
    device_hash: &[u8],
) -> Result<Option<AskingRow>, PgFault> {
    let row = sqlx::query_as!(
        AskingRow,
        r#"select expires_at, polled_at, user_id, organization, decision,
                  used_at is not null as "used!"
           from tenant.device_codes where device_hash = $1 for update"#,
        device_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// Notes a question, and that its answer was given away.
pub(crate) async fn note_asked(
    conn: &mut PgConnection,
    device_hash: &[u8],
    used: bool,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.device_codes
         set polled_at = now(), used_at = case when $2 then now() else used_at end
         where device_hash = $1",
        device_hash,
        used,
    )
    .execute(conn)
    .await?;
    Ok(())
}
