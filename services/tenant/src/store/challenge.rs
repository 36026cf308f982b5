//! `tenant.challenges`: what lies between two steps of signing in.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::PgFault;

/// A challenge about to be made.
pub(crate) struct NewChallenge<'a> {
    pub(crate) token_hash: &'a [u8],
    pub(crate) purpose: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) method: &'a str,
    pub(crate) expires_at: OffsetDateTime,
}

/// Makes a challenge; some that are over go.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewChallenge<'_>) -> Result<(), PgFault> {
    sqlx::query!(
        "with swept as (
             delete from tenant.challenges where token_hash in (
                 select token_hash from tenant.challenges
                 where expires_at < now() - interval '1 hour' limit 100)
         )
         insert into tenant.challenges (token_hash, purpose, user_id, method, expires_at)
         values ($1, $2, $3, $4, $5)",
        new.token_hash,
        new.purpose,
        new.user_id,
        new.method,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose challenge of a purpose it is, if it was not answered yet.
pub(crate) async fn find_person(
    conn: &mut PgConnection,
    token_hash: &[u8],
    purpose: &str,
) -> Result<Option<String>, PgFault> {
    let user_id = sqlx::query_scalar!(
        "select user_id from tenant.challenges
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now()",
        token_hash,
        purpose,
    )
    .fetch_optional(conn)
    .await?;
    Ok(user_id.flatten())
}

/// Answers a challenge. False when somebody was faster, or it is over.
pub(crate) async fn take(conn: &mut PgConnection, token_hash: &[u8]) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "update tenant.challenges set used_at = now()
         where token_hash = $1 and used_at is null and expires_at > now()",
        token_hash,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A passkey's ceremony about to begin.
pub(crate) struct NewCeremony<'a> {
    pub(crate) token_hash: &'a [u8],
    pub(crate) purpose: &'a str,
    /// None where the passkey itself says who signs in.
    pub(crate) user_id: Option<&'a str>,
    pub(crate) state: &'a Value,
    pub(crate) expires_at: OffsetDateTime,
}

/// A ceremony that was taken.
#[derive(Debug, Clone)]
pub(crate) struct CeremonyRow {
    pub(crate) user_id: Option<String>,
    pub(crate) state: Value,
}

/// Begins a ceremony; some that are over go.
pub(crate) async fn insert_ceremony(
    conn: &mut PgConnection,
    new: &NewCeremony<'_>,
) -> Result<(), PgFault> {
    sqlx::query!(
        "with swept as (
             delete from tenant.challenges where token_hash in (
                 select token_hash from tenant.challenges
                 where expires_at < now() - interval '1 hour' limit 100)
         )
         insert into tenant.challenges (token_hash, purpose, user_id, method, state, expires_at)
         values ($1, $2, $3, 'passkey', $4, $5)",
        new.token_hash,
        new.purpose,
        new.user_id,
        new.state,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a ceremony of a purpose, of `user_id` if that is given. None when somebody was faster,
/// it is over, or it is another person's.
pub(crate) async fn take_ceremony(
    conn: &mut PgConnection,
    token_hash: &[u8],
    purpose: &str,
    user_id: Option<&str>,
) -> Result<Option<CeremonyRow>, PgFault> {
    let row = sqlx::query_as!(
        CeremonyRow,
        r#"update tenant.challenges set used_at = now()
           where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now()
             and state is not null and ($3::text is null or user_id = $3)
           returning user_id, state as "state!""#,
        token_hash,
        purpose,
        user_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}
