//! A sign-in in two round trips: what has to be known of its person, and its beginning.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use wt_audit::Record;
use wt_pg::PgFault;

use super::{organization::AccessRow, session::NewSession};
use crate::domain::access::Gives;

/// What decides whether, how and where a person's sign-in begins.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Whether a second factor is asked for.
    pub(crate) second_factor: bool,
    /// Whether they have to use their organization's provider.
    pub(crate) sso_enforced: bool,
    /// Every organization they reach.
    pub(crate) access: Vec<AccessRow>,
}

/// The first refresh token of a sign-in about to begin.
pub(crate) struct NewRefresh {
    pub(crate) token_hash: [u8; 32],
    pub(crate) expires_at: OffsetDateTime,
}

/// The facts of a person (SECURITY DEFINER: before an organization is chosen).
pub(crate) async fn facts(conn: &mut PgConnection, user_id: &str) -> Result<Facts, PgFault> {
    let rows = sqlx::query!(
        r#"select f.second_factor as "second_factor!", f.sso_enforced as "sso_enforced!",
                  r.tenant_key as "tenant_key?", r.parent_tenant_key as "parent_tenant_key?",
                  r.name as "name?", r.memberships as "memberships?: Json<Vec<Gives>>"
           from (select exists (select from tenant.totp t
                                where t.user_id = $1 and t.confirmed_at is not null)
                            as second_factor,
                        tenant.sso_is_enforced($1) as sso_enforced) f
           left join tenant.reach_of($1) r on true
           order by r.name, r.tenant_key"#,
        user_id,
    )
    .fetch_all(conn)
    .await?;
    let first = rows.first();
    Ok(Facts {
        second_factor: first.is_some_and(|row| row.second_factor),
        sso_enforced: first.is_some_and(|row| row.sso_enforced),
        access: rows
            .into_iter()
            .filter_map(|row| {
                let (tenant_key, name, memberships) =
                    (row.tenant_key?, row.name?, row.memberships?);
                Some(AccessRow::reached(
                    tenant_key,
                    row.parent_tenant_key,
                    name,
                    memberships.0,
                ))
            })
            .collect(),
    })
}

/// Begins a sign-in with its first refresh token and its record; says whether its person is of the
/// platform's staff. One statement, so that it is one round trip where it is its own transaction: it
/// sets the organization that its record is of, which row-level security asks for.
pub(crate) async fn begin(
    conn: &mut PgConnection,
    new: &NewSession<'_>,
    refresh: Option<&NewRefresh>,
    record: &Record<'_>,
) -> Result<bool, PgFault> {
    sqlx::query_scalar!(
        r#"with entered as materialized (
             select set_config('app.tenant_key', $4, true) as tenant_key
           ), first_refresh as (
             insert into tenant.refresh_tokens (token_hash, session_id, expires_at)
             select r.token_hash, $1, r.expires_at
             from (select $10::bytea as token_hash, $11::timestamptz as expires_at) r
             where r.token_hash is not null
           ), kept as (
             insert into tenant.audit
               (tenant_key, actor_kind, actor, acting_as, session_id, action, object, before,
                after, trace_id)
             select e.tenant_key, $12, $13, $14, $15, $16, $17, $18, $19, $20 from entered e
           ), announced as (
             insert into tenant.outbox (id, tenant_key, subject, envelope)
             select $21, e.tenant_key, $22, $23 from entered e
           )
           insert into tenant.sessions
             (id, user_id, mode, organization, secret_hash, expires_at, ip, user_agent, method,
              visited)
           select $1, $2, $3, e.tenant_key, $5, $6, $7, $8, $9, array[e.tenant_key] from entered e
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
        refresh.map(|refresh| refresh.token_hash.as_slice()),
        refresh.map(|refresh| refresh.expires_at),
        record.actor_kind(),
        record.actor(),
        record.acting_as(),
        record.session_id(),
        record.deed().action,
        record.deed().object,
        record.deed().before,
        record.deed().after,
        record.trace_id(),
        record.news().id(),
        record.news().subject(),
        record.news().body(),
    )
    .fetch_one(conn)
    .await
    .map_err(PgFault::from)
}
