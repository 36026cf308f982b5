//! Makes a connection to a provider, or replaces its settings.

use sqlx::types::Json;
use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::TenantTx;
use wt_proto::tenant;
use wt_seal::{Owner, Place};

use super::{SECRET_COLUMN, SsoApi, wire};
use crate::{
    domain::{access::may_give_role, name, sso},
    error::TenantFault,
    issue,
    people_fault::PeopleFault,
    store::{self, sso::ConnectionRow},
};

/// Most domains of one connection.
const DOMAINS_MAX: usize = 50;
/// Longest text of a setting that the provider chose.
const TEXT_BYTES_MAX: usize = 1_000;
/// Longest client secret: some providers sign a token as one.
const SECRET_CHARS_MAX: usize = 4_096;

pub(super) async fn put_connection(
    sso: &SsoApi,
    principal: &Principal,
    request: tenant::PutSsoConnectionRequest,
) -> Result<tenant::SsoConnection, TenantFault> {
    let granted = may(principal, Permission::SsoManage)?;
    let asked = request.connection.unwrap_or_default();
    if request.client_secret.chars().count() > SECRET_CHARS_MAX {
        return Err(TenantFault::field(
            "client_secret",
            format!("at most {SECRET_CHARS_MAX} characters"),
        ));
    }
    let domains = read_domains(&asked)?;
    let is_new = asked.id.is_empty();
    let mut row = read(sso, asked)?;
    refuse_beyond(principal, &row)?;

    let mut tx = sso.api.pool.begin(principal, "put_sso_connection").await?;
    let before = if is_new {
        None
    } else {
        let before = store::sso::lock(&mut tx, &row.id).await?;
        Some(before.ok_or(TenantFault::SsoUnknown)?)
    };
    row.client_secret = if request.client_secret.is_empty() {
        let kept = before.as_ref().and_then(|old| old.client_secret.clone());
        // A new issuer must not be shown the old one's secret.
        kept.filter(|_| before.as_ref().is_some_and(|old| old.issuer == row.issuer))
    } else {
        let owner = Owner::Organization(granted.tenant_key());
        let place = Place {
            column: SECRET_COLUMN,
            row: &row.id,
        };
        let secret = request.client_secret.as_bytes();
        let sealed = sso.api.seal.seal(tx.conn(), owner, place, secret).await?;
        Some(sealed.into_bytes())
    };
    store::sso::put(&mut tx, &row).await?;
    // Subjects are an issuer's own names: another one's are other people.
    if before.as_ref().is_some_and(|old| old.issuer != row.issuer) {
        store::sso::forget_identities(&mut tx, &row.id).await?;
    }
    store::sso::keep_domains(&mut tx, &row.id, &domains).await?;
    for domain in &domains {
        store::sso::add_domain(&mut tx, &row.id, domain, &issue::secret()).await?;
    }
    let known = store::sso::domains(&mut tx).await?;
    let proven = known
        .iter()
        .any(|known| known.connection_id == row.id && known.verified_at.is_some());
    if row.enforced && !proven {
        return Err(TenantFault::SsoUnproven);
    }
    record(&mut tx, before.as_ref(), &row, &domains).await?;
    tx.commit().await?;
    Ok(wire(row, &known))
}

fn read(sso: &SsoApi, asked: tenant::SsoConnection) -> Result<ConnectionRow, TenantFault> {
    let short = |field: &str, text: &str, least: usize| {
        let fits = (least..=TEXT_BYTES_MAX).contains(&text.len());
        if fits && !text.chars().any(char::is_control) {
            Ok(())
        } else {
            Err(TenantFault::field(
                field,
                "empty, too long or not printable",
            ))
        }
    };
    short("issuer", &asked.issuer, 1)?;
    short("client_id", &asked.client_id, 1)?;
    short("role_claim", &asked.role_claim, 0)?;
    sso.providers.check_issuer(&asked.issuer)?;
    sso::check_role_map(&asked.role_map)?;
    if !asked.default_role.is_empty() {
        sso::role("default_role", &asked.default_role)?;
    }
    Ok(ConnectionRow {
        id: if asked.id.is_empty() {
            format!("sso_{}", Ulid::generate())
        } else {
            asked.id
        },
        name: name::parse("name", &asked.name)?,
        issuer: asked.issuer,
        client_id: asked.client_id,
        client_secret: None,
        role_claim: asked.role_claim,
        role_map: Json(asked.role_map),
        default_role: asked.default_role,
        enforced: asked.enforced,
        just_in_time: asked.just_in_time,
        enabled: asked.enabled,
        created_at: OffsetDateTime::now_utc(),
    })
}

/// Refuses a connection that would give what its maker does not hold.
fn refuse_beyond(principal: &Principal, row: &ConnectionRow) -> Result<(), TenantFault> {
    let given = row.role_map.0.values().chain([&row.default_role]);
    let beyond = given
        .filter_map(|word| word.parse().ok())
        .any(|role| !may_give_role(principal, role));
    if beyond {
        return Err(PeopleFault::BeyondOwn.into());
    }
    Ok(())
}

fn read_domains(asked: &tenant::SsoConnection) -> Result<Vec<String>, TenantFault> {
    if asked.domains.len() > DOMAINS_MAX {
        return Err(TenantFault::field("domains", "at most 50"));
    }
    let domains = asked.domains.iter().map(|asked| sso::domain(&asked.domain));
    domains.collect()
}

async fn record(
    tx: &mut TenantTx,
    before: Option<&ConnectionRow>,
    after: &ConnectionRow,
    domains: &[String],
) -> Result<(), TenantFault> {
    let shown = |row: &ConnectionRow| {
        serde_json::json!({
            "name": row.name, "issuer": row.issuer, "client_id": row.client_id,
            "role_claim": row.role_claim, "role_map": row.role_map.0,
            "default_role": row.default_role, "enforced": row.enforced,
            "just_in_time": row.just_in_time, "enabled": row.enabled,
        })
    };
    let mut now = shown(after);
    if let Some(fields) = now.as_object_mut() {
        let changed = before.is_none_or(|old| old.client_secret != after.client_secret);
        fields.insert("client_secret_changed".to_owned(), changed.into());
        fields.insert("domains".to_owned(), domains.into());
    }
    let action = if before.is_some() {
        "sso.change"
    } else {
        "sso.create"
    };
    let before = before.map(shown);
    wt_audit::record(tx, action, &after.id, before.as_ref(), Some(&now)).await?;
    Ok(())
}
