//! `tenant.mail_links`: what was mailed is stored as a hash only.

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::{PgFault, PlatformTx};

/// A link about to be mailed.
pub(crate) struct NewLink<'a> {
    pub(crate) token_hash: &'a [u8],
    pub(crate) user_id: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) email: &'a str,
    pub(crate) expires_at: OffsetDateTime,
}

/// Whose a link is, and which address it went to.
#[derive(Debug, Clone)]
pub(crate) struct LinkRow {
    pub(crate) user_id: String,
    pub(crate) email: String,
}

/// How many links of a purpose a person was sent in the last hour.
pub(crate) async fn sent_in_the_last_hour(
    conn: &mut PgConnection,
    user_id: &str,
    purpose: &str,
) -> Result<i64, PgFault> {
    let sent = sqlx::query_scalar!(
        r#"select count(*) as "sent!" from tenant.mail_links
           where user_id = $1 and purpose = $2 and created_at > now() - interval '1 hour'"#,
        user_id,
        purpose,
    )
    .fetch_one(conn)
    .await?;
    Ok(sent)
}

/// Notes a link; the ones of its purpose before it stop working. Those that are long over go.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewLink<'_>) -> Result<(), PgFault> {
    sqlx::query!(
        "with swept as (
             delete from tenant.mail_links where token_hash in (
                 select token_hash from tenant.mail_links
                 where expires_at < now() - interval '7 days' limit 100)
         ), replaced as (
             update tenant.mail_links set used_at = now()
             where user_id = $2 and purpose = $3 and used_at is null
         )
         insert into tenant.mail_links (token_hash, user_id, purpose, email, expires_at)
         values ($1, $2, $3, $4, $5)",
        new.token_hash,
        new.user_id,
        new.purpose,
        new.email,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose a link is that still works.
pub(crate) async fn find(
    tx: &mut PlatformTx,
    token_hash: &[u8],
    purpose: &str,
) -> Result<Option<LinkRow>, PgFault> {
    let row = sqlx::query_as!(
        LinkRow,
        "select user_id, email from tenant.mail_links
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now()",
        token_hash,
        purpose,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Uses a link. False when somebody was faster, or it is over.
pub(crate) async fn take(conn: &mut PgConnection, token_hash: &[u8]) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "update tenant.mail_links set used_at = now()
         where token_hash = $1 and used_at is null and expires_at > now()",
        token_hash,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
