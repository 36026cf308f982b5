//! `tenant.challenges`: what lies between two steps of signing in.

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
