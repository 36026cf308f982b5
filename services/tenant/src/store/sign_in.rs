//! A sign-in in two round trips: what has to be known of its person, and its beginning.

use sqlx::types::Json;
use time::OffsetDateTime;
use wt_model::Principal;
use wt_pg::{PgFault, PlatformTx, TenantTx};

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
pub(crate) async fn facts(tx: &mut PlatformTx, user_id: &str) -> Result<Facts, PgFault> {
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
    .fetch_all(tx.conn())
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

/// Begins a sign-in with its first refresh token and goes on in its organization; says whether its
/// person is of the platform's staff. One round trip instead of three.
pub(crate) async fn begin(
    mut tx: PlatformTx,
    principal: &Principal,
    new: &NewSession<'_>,
    refresh: Option<&NewRefresh>,
) -> Result<(TenantTx, bool), PgFault> {
    let begun = sqlx::query!(
        r#"with first_refresh as (
             insert into tenant.refresh_tokens (token_hash, session_id, expires_at)
             select r.token_hash, $1, r.expires_at
             from (select $10::bytea as token_hash, $11::timestamptz as expires_at) r
             where r.token_hash is not null
           ), entered as materialized (
             select set_config('app.tenant_key', $4, true) as tenant_key
           )
           insert into tenant.sessions
             (id, user_id, mode, organization, secret_hash, expires_at, ip, user_agent, method,
              visited)
           select $1, $2, $3, $4, $5, $6, $7, $8, $9, array[$4] from entered
           returning exists (select from tenant.platform_admins p
                             where p.user_id = $2 and p.revoked_at is null) as "staff!",
                     (select e.tenant_key from entered e) as "entered!""#,
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
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((tx.enter(principal, &begun.entered)?, begun.staff))
}
