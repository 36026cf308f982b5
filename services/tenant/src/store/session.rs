//! `tenant.sessions` and `tenant.refresh_tokens`: secrets are stored as hashes only.

use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::{PgFault, PlatformTx, TenantTx};

/// A sign-in about to begin.
pub(crate) struct NewSession<'a> {
    pub(crate) id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) mode: &'a str,
    /// `password`, `passkey`, `device`, `sso`.
    pub(crate) method: &'a str,
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
    /// Whether its person is of the platform's staff now.
    pub(crate) staff: bool,
    /// Staff looking with this person's eyes.
    pub(crate) acting: Option<Acting>,
}

/// Who looks with a person's eyes, and how much they may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acting {
    /// The person of the staff.
    pub(crate) actor: String,
    /// Whether a second one agreed to more than reading.
    pub(crate) elevated: bool,
}

impl Acting {
    fn of(actor: Option<String>, elevated: Option<bool>) -> Option<Self> {
        Some(Self {
            actor: actor?,
            elevated: elevated.unwrap_or_default(),
        })
    }
}

/// A live sign-in as its person sees it.
#[derive(Debug, Clone)]
pub(crate) struct LiveSessionRow {
    pub(crate) id: String,
    pub(crate) mode: String,
    pub(crate) method: String,
    pub(crate) ip: String,
    pub(crate) user_agent: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) last_seen_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
}

/// What a browser's secret stands for.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    /// The sign-in of the secret.
    pub(crate) own_id: String,
    /// That one, or the one it looks through.
    pub(crate) session: SessionRow,
}

/// A refresh token with its session.
#[derive(Debug, Clone)]
pub(crate) struct RefreshRow {
    pub(crate) session: SessionRow,
    pub(crate) session_live: bool,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) used_at: Option<OffsetDateTime>,
}

/// Begins a sign-in, and says whether its person is of the platform's staff.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewSession<'_>) -> Result<bool, PgFault> {
    let staff = sqlx::query_scalar!(
        r#"insert into tenant.sessions
             (id, user_id, mode, organization, secret_hash, expires_at, ip, user_agent, method,
              visited)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, array[$4])
         returning exists (select from tenant.platform_admins p
                           where p.user_id = $2 and p.revoked_at is null) as "staff!""#,
        new.id,
        new.user_id,
        new.mode,
        new.organization,
        new.secret_hash,
        new.expires_at,
        new.ip,
        new.user_agent,
        new.method,
    )
    .fetch_one(conn)
    .await?;
    Ok(staff)
}

/// The live sign-in of a browser's secret; while its person looks with somebody else's eyes, that
/// one.
pub(crate) async fn find_live_by_secret(
    tx: &mut PlatformTx,
    secret_hash: &[u8],
    idle_since: OffsetDateTime,
) -> Result<Option<Resolved>, PgFault> {
    let row = sqlx::query!(
        r#"select s.id as own_id, coalesce(l.session_id, s.id) as "id!",
                  coalesce(l.user_id, s.user_id) as "user_id!",
                  coalesce(l.organization, s.organization) as "organization!",
                  coalesce(l.expires_at, s.expires_at) as "expires_at!",
                  l.actor as "actor?", l.elevated as "elevated?",
                  exists (select from tenant.platform_admins p
                          where p.user_id = s.user_id and p.revoked_at is null) as "staff!"
           from tenant.sessions s
           left join tenant.live_impersonations l on l.from_session = s.id
           where s.secret_hash = $1 and s.revoked_at is null and s.expires_at > now()
             and s.last_seen_at > $2
           limit 1"#,
        secret_hash,
        idle_since,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Resolved {
        own_id: row.own_id,
        session: SessionRow {
            id: row.id,
            user_id: row.user_id,
            organization: row.organization,
            expires_at: row.expires_at,
            staff: row.staff,
            acting: Acting::of(row.actor, row.elevated),
        },
    }))
}

/// The live sign-in of this id and person, in their own name.
pub(crate) async fn lock_live_by_id(
    conn: &mut PgConnection,
    id: &str,
    user_id: &str,
) -> Result<Option<SessionRow>, PgFault> {
    let row = sqlx::query!(
        r#"select s.id, s.user_id, s.organization, s.expires_at,
                  exists (select from tenant.platform_admins p
                          where p.user_id = s.user_id and p.revoked_at is null) as "staff!"
           from tenant.sessions s
           where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now()
             and s.method <> 'impersonation'
           for update"#,
        id,
        user_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| SessionRow {
        id: row.id,
        user_id: row.user_id,
        organization: row.organization,
        expires_at: row.expires_at,
        staff: row.staff,
        acting: None,
    }))
}

/// How a sign-in began.
pub(crate) async fn method(tx: &mut PlatformTx, id: &str) -> Result<String, PgFault> {
    let method = sqlx::query_scalar!("select method from tenant.sessions where id = $1", id)
        .fetch_one(tx.conn())
        .await?;
    Ok(method)
}

/// Changes which organization a sign-in looks at.
pub(crate) async fn set_organization(
    tx: &mut PlatformTx,
    id: &str,
    organization: &str,
) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.sessions
         set organization = $2,
             visited = case when $2 = any(visited) then visited else visited || $2 end
         where id = $1",
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

/// Whether a sign-in is kept in a browser's cookie.
pub(crate) async fn is_cookie(conn: &mut PgConnection, id: &str) -> Result<bool, PgFault> {
    let found = sqlx::query_scalar!(
        r#"select secret_hash is not null as "cookie!" from tenant.sessions where id = $1"#,
        id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.unwrap_or_default())
}

/// Notes that a sign-in is used, once a minute: a row written for each request would be load.
pub(crate) async fn touch(tx: &mut PlatformTx, id: &str) -> Result<(), PgFault> {
    sqlx::query!(
        "update tenant.sessions set last_seen_at = now()
         where id = $1 and last_seen_at < now() - interval '1 minute'",
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A person's live sign-ins, the last used first.
pub(crate) async fn list_live(
    tx: &mut PlatformTx,
    user_id: &str,
    idle_since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<LiveSessionRow>, PgFault> {
    let rows = sqlx::query_as!(
        LiveSessionRow,
        "select id, mode, method, ip, user_agent, created_at, last_seen_at, expires_at
         from tenant.sessions
         where user_id = $1 and revoked_at is null and expires_at > now() and last_seen_at > $2
         order by last_seen_at desc, id
         limit $3",
        user_id,
        idle_since,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Ends one live sign-in of a person. False when they have none of this id.
pub(crate) async fn revoke_of(
    conn: &mut PgConnection,
    user_id: &str,
    id: &str,
    reason: &str,
) -> Result<bool, PgFault> {
    let done = sqlx::query!(
        "update tenant.sessions set revoked_at = now(), revoked_reason = $3
         where id = $2 and user_id = $1 and revoked_at is null and expires_at > now()",
        user_id,
        id,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every live sign-in of a person but one, and says which ended.
pub(crate) async fn revoke_all_of(
    conn: &mut PgConnection,
    user_id: &str,
    except: Option<&str>,
    reason: &str,
) -> Result<Vec<String>, PgFault> {
    let ids = sqlx::query_scalar!(
        "update tenant.sessions set revoked_at = now(), revoked_reason = $3
         where user_id = $1 and id is distinct from $2 and revoked_at is null
           and expires_at > now()
         returning id",
        user_id,
        except,
        reason,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids)
}

/// Adds a refresh token to a session's family.
pub(crate) async fn insert_refresh(
    conn: &mut PgConnection,
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
    .execute(conn)
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
                  (s.revoked_at is null and s.expires_at > now()
                   and (s.method <> 'impersonation' or l.id is not null)) as "session_live!",
                  l.actor as "actor?", l.elevated as "elevated?",
                  exists (select from tenant.platform_admins p
                          where p.user_id = s.user_id and p.revoked_at is null) as "staff!"
           from tenant.refresh_tokens t
           join tenant.sessions s on s.id = t.session_id
           left join tenant.live_impersonations l on l.session_id = s.id
           where t.token_hash = $1
           for update of t, s"#,
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
            staff: row.staff,
            acting: Acting::of(row.actor, row.elevated),
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

/// Ends every live sign-in of a person that looked at the transaction's organization or below it.
pub(crate) async fn end_below(
    tx: &mut TenantTx,
    user_id: &str,
    reason: &str,
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let ids = sqlx::query_scalar!(
        "with below as (select array_agg(s.tenant_key) as keys from tenant.subtree($2) s)
         update tenant.sessions s
         set revoked_at = now(), revoked_reason = $3
         from below
         where s.user_id = $1 and s.revoked_at is null and s.expires_at > now()
           and (s.organization = any(below.keys) or s.visited && below.keys)
         returning s.id",
        user_id,
        tenant,
        reason,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}
