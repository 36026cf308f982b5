//! `tenant.platform_admins` and `tenant.impersonations`. Rows of no organization, as people and
//! sign-ins are; the organization reads what was done in its audit.

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::PgFault;

/// An impersonation about to begin.
pub(crate) struct NewImpersonation<'a> {
    pub(crate) id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) organization: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) session_id: &'a str,
    pub(crate) from_session: &'a str,
    pub(crate) expires_at: OffsetDateTime,
}

/// An impersonation as staff see it.
#[derive(Debug, Clone)]
pub(crate) struct ImpersonationRow {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) tenant_key: String,
    pub(crate) organization: String,
    pub(crate) actor: String,
    pub(crate) actor_name: String,
    pub(crate) reason: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) elevated_by: Option<String>,
    pub(crate) session_id: String,
    pub(crate) live: bool,
}

/// A person in one organization.
#[derive(Debug, Clone)]
pub(crate) struct FoundRow {
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) tenant_key: String,
    pub(crate) organization: String,
    pub(crate) role: String,
}

/// Makes somebody platform staff. False if they are already.
pub(crate) async fn grant(conn: &mut PgConnection, user_id: &str) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "insert into tenant.platform_admins as p (user_id) values ($1)
         on conflict (user_id) do update set granted_at = now(), revoked_at = null
         where p.revoked_at is not null",
        user_id,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes it away again. False if they are none.
pub(crate) async fn revoke(conn: &mut PgConnection, user_id: &str) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "update tenant.platform_admins set revoked_at = now()
         where user_id = $1 and revoked_at is null",
        user_id,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether somebody is platform staff now.
pub(crate) async fn is_staff(conn: &mut PgConnection, user_id: &str) -> Result<bool, PgFault> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from tenant.platform_admins
                          where user_id = $1 and revoked_at is null) as "found!""#,
        user_id,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// Notes an impersonation; its sign-in is there.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    new: &NewImpersonation<'_>,
) -> Result<(), PgFault> {
    sqlx::query!(
        "insert into tenant.impersonations
             (id, user_id, organization, actor, reason, session_id, from_session, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.user_id,
        new.organization,
        new.actor,
        new.reason,
        new.session_id,
        new.from_session,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a sign-in looks through another one now.
pub(crate) async fn is_looking(
    conn: &mut PgConnection,
    from_session: &str,
) -> Result<bool, PgFault> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from tenant.live_impersonations
                          where from_session = $1) as "found!""#,
        from_session,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// The newest impersonations, or one of them (SECURITY DEFINER: names of organizations).
pub(crate) async fn seen(
    conn: &mut PgConnection,
    id: Option<&str>,
    limit: i32,
) -> Result<Vec<ImpersonationRow>, PgFault> {
    let rows = sqlx::query_as!(
        ImpersonationRow,
        r#"select id as "id!", user_id as "user_id!", email as "email!",
                  display_name as "display_name!", tenant_key as "tenant_key!",
                  organization as "organization!", actor as "actor!",
                  actor_name as "actor_name!", reason as "reason!", created_at as "created_at!",
                  expires_at as "expires_at!", elevated_by, session_id as "session_id!",
                  live as "live!"
           from tenant.impersonations_seen($1, $2)"#,
        id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The id of the impersonation a sign-in was made for.
pub(crate) async fn of_session(
    conn: &mut PgConnection,
    session_id: &str,
) -> Result<Option<String>, PgFault> {
    let id = sqlx::query_scalar!(
        "select id from tenant.impersonations where session_id = $1",
        session_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id)
}

/// Lets a live one do more than read. False when it is over, or was elevated before.
pub(crate) async fn elevate(conn: &mut PgConnection, id: &str, by: &str) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "update tenant.impersonations set elevated_at = now(), elevated_by = $2
         where id = $1 and elevated_at is null
           and exists (select from tenant.live_impersonations l where l.id = $1)",
        id,
        by,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends one with its sign-in. False when it ended before.
pub(crate) async fn end(conn: &mut PgConnection, id: &str, by: &str) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "with ended as (
             update tenant.impersonations set ended_at = now(), ended_by = $2
             where id = $1 and ended_at is null and expires_at > now()
             returning session_id
         )
         update tenant.sessions s set revoked_at = now(), revoked_reason = 'impersonation ended'
         from ended where s.id = ended.session_id and s.revoked_at is null",
        id,
        by,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all that somebody of the staff looks through, or only what they began with one sign-in:
/// sign-in and person of each.
pub(crate) async fn end_all_of(
    conn: &mut PgConnection,
    actor: &str,
    from_session: Option<&str>,
) -> Result<Vec<(String, String)>, PgFault> {
    let rows = sqlx::query!(
        "with ended as (
             update tenant.impersonations set ended_at = now(), ended_by = $1
             where actor = $1 and ended_at is null and expires_at > now()
               and ($2::text is null or from_session = $2)
             returning session_id
         )
         update tenant.sessions s set revoked_at = now(), revoked_reason = 'impersonation ended'
         from ended where s.id = ended.session_id and s.revoked_at is null
         returning s.id, s.user_id",
        actor,
        from_session,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.user_id)).collect())
}

/// People by address, id or organization (SECURITY DEFINER: asked by staff only).
pub(crate) async fn find_people(
    conn: &mut PgConnection,
    words: &str,
    limit: i32,
) -> Result<Vec<FoundRow>, PgFault> {
    let rows = sqlx::query_as!(
        FoundRow,
        r#"select user_id as "user_id!", email as "email!", display_name as "display_name!",
                  tenant_key as "tenant_key!", organization as "organization!", role as "role!"
           from tenant.find_people($1, $2)"#,
        words,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
