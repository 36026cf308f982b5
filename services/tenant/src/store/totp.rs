//! `tenant.totp` and `tenant.recovery_codes`: seeds are sealed, codes are hashes.

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::PgFault;

/// A person's authenticator app.
#[derive(Debug, Clone)]
pub(crate) struct TotpRow {
    pub(crate) seed: Vec<u8>,
    pub(crate) confirmed: bool,
    pub(crate) last_step: i64,
    pub(crate) failures: i32,
    pub(crate) failures_since: OffsetDateTime,
}

/// Keeps a new seed that is not asked for yet; a confirmed one stays. False then.
pub(crate) async fn enrol(
    conn: &mut PgConnection,
    user_id: &str,
    seed: &[u8],
) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "insert into tenant.totp (user_id, seed) values ($1, $2)
         on conflict (user_id) do update set seed = excluded.seed, created_at = now()
         where totp.confirmed_at is null",
        user_id,
        seed,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A person's app, locked: tries of one person are judged one by one.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    user_id: &str,
) -> Result<Option<TotpRow>, PgFault> {
    let row = sqlx::query_as!(
        TotpRow,
        r#"select seed, confirmed_at is not null as "confirmed!", last_step, failures,
                  failures_since
           from tenant.totp where user_id = $1 for update"#,
        user_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row)
}

/// Whether a person is asked for a code.
pub(crate) async fn is_confirmed(conn: &mut PgConnection, user_id: &str) -> Result<bool, PgFault> {
    let confirmed = sqlx::query_scalar!(
        r#"select exists (
             select from tenant.totp where user_id = $1 and confirmed_at is not null
           ) as "confirmed!""#,
        user_id,
    )
    .fetch_one(conn)
    .await?;
    Ok(confirmed)
}

/// Takes a code's step; the row is locked.
pub(crate) async fn take_step(
    conn: &mut PgConnection,
    user_id: &str,
    step: i64,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.totp
         set last_step = $2, failures = 0, confirmed_at = coalesce(confirmed_at, now())
         where user_id = $1 and last_step < $2",
        user_id,
        step,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts a wrong code; `since` is when counting began anew.
pub(crate) async fn note_failure(
    conn: &mut PgConnection,
    user_id: &str,
    since: OffsetDateTime,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.totp
         set failures = case when failures_since < $2 then 1 else failures + 1 end,
             failures_since = case when failures_since < $2 then now() else failures_since end
         where user_id = $1",
        user_id,
        since,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a person's app and codes. False when there was none.
pub(crate) async fn remove(conn: &mut PgConnection, user_id: &str) -> Result<bool, PgFault> {
    sqlx::query!(
        "delete from tenant.recovery_codes where user_id = $1",
        user_id
    )
    .execute(&mut *conn)
    .await?;
    let done = sqlx::query!("delete from tenant.totp where user_id = $1", user_id)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a person's recovery codes.
pub(crate) async fn replace_codes(
    conn: &mut PgConnection,
    user_id: &str,
    hashes: &[Vec<u8>],
) -> Result<(), PgFault> {
    sqlx::query!(
        "delete from tenant.recovery_codes where user_id = $1",
        user_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into tenant.recovery_codes (user_id, code_hash)
         select $1, hash from unnest($2::bytea[]) as hash",
        user_id,
        hashes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a recovery code. False when it is none, or was used.
pub(crate) async fn take_code(
    conn: &mut PgConnection,
    user_id: &str,
    hash: &[u8],
) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "update tenant.recovery_codes set used_at = now()
         where user_id = $1 and code_hash = $2 and used_at is null",
        user_id,
        hash,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Recovery codes a person has left.
pub(crate) async fn count_codes(conn: &mut PgConnection, user_id: &str) -> Result<i64, PgFault> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from tenant.recovery_codes
           where user_id = $1 and used_at is null"#,
        user_id,
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}
