//! Makes an integration, or replaces its settings. Its signing secret is answered once.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use ulid::Ulid;
use url::Url;
use wt_auth::may;
use wt_model::{AssetId, EventType, IntegrationId, Permission, Principal, Severity, TypedId};
use wt_pg::TenantTx;
use wt_proto::notify;
use wt_seal::{Owner, Place};

use super::{ADDRESS_COLUMN, Api, SECRET_COLUMN, new_secret, seal, wire};
use crate::{
    domain::{
        integration::{ASSETS_MAX, INTEGRATIONS_MAX, Kind},
        signature::secret_text,
    },
    error::NotifyFault,
    store::{self, integration::IntegrationRow},
};

/// The database's limit (`migrations/notify`).
const NAME_CHARS_MAX: usize = 120;
/// Longest address: browsers and servers take no more.
const ADDRESS_BYTES_MAX: usize = 2_000;
/// What is recorded of messages that waited when somebody switched it off.
const SWITCHED_OFF: &str = "the integration was switched off";

/// A request that was found to be in order.
struct Asked {
    kind: String,
    name: String,
    /// None keeps the stored one.
    address: Option<Url>,
    min_severity: Severity,
    events: BTreeSet<EventType>,
    assets: BTreeSet<AssetId>,
    enabled: bool,
}

pub(in crate::api) async fn put_integration(
    api: &Api,
    principal: &Principal,
    request: notify::PutIntegrationRequest,
) -> Result<notify::PutIntegrationResponse, NotifyFault> {
    let granted = may(principal, Permission::NotificationsManage)?;
    let id = request.id.clone();
    let asked = read(api, request)?;
    let owner = Owner::Organization(granted.tenant_key());
    let mut tx = api.pool.begin(principal, "put_integration").await?;
    let before = if id.is_empty() {
        None
    } else {
        let row = store::integration::lock(&mut tx, &id).await?;
        Some(row.ok_or(NotifyFault::IntegrationUnknown)?)
    };
    let (row, secret) = match &before {
        Some(old) => (replaced(api, &mut tx, owner, old, &asked).await?, None),
        None => made(api, &mut tx, owner, &asked).await?,
    };
    store::integration::put(&mut tx, &row).await?;
    if !row.enabled {
        store::integration_delivery::drop_waiting(&mut tx, &row.id, SWITCHED_OFF).await?;
    }
    record(&mut tx, before.as_ref(), &row).await?;
    // As it is stored: the database says when it was made.
    let stored = store::integration::find(&mut tx, &row.id).await?;
    tx.commit().await?;
    Ok(notify::PutIntegrationResponse {
        integration: stored.map(wire),
        secret: secret.unwrap_or_default(),
    })
}

/// A new integration, and the secret of one that signs.
async fn made(
    api: &Api,
    tx: &mut TenantTx,
    owner: Owner,
    asked: &Asked,
) -> Result<(IntegrationRow, Option<String>), NotifyFault> {
    let seal = seal(api)?;
    let kind: Kind = asked
        .kind
        .parse()
        .map_err(|error| NotifyFault::field("kind", error))?;
    let address = asked
        .address
        .as_ref()
        .ok_or_else(|| NotifyFault::field("address", "is required"))?;
    // Two made at the same moment may both find room: the limit is against carelessness.
    if store::integration::count(tx).await? >= INTEGRATIONS_MAX {
        return Err(NotifyFault::IntegrationsFull);
    }
    let id = IntegrationId::from_ulid(Ulid::generate()).to_string();
    let secret = (kind == Kind::Webhook).then(new_secret);
    let sealed = match &secret {
        Some(secret) => {
            let column = SECRET_COLUMN;
            let place = Place { column, row: &id };
            Some(
                seal.seal(tx.conn(), owner, place, secret)
                    .await?
                    .into_bytes(),
            )
        }
        None => None,
    };
    let row = IntegrationRow {
        address: sealed_address(api, tx, owner, &id, address).await?,
        origin: wt_outbound::origin(address),
        kind: kind.as_str().to_owned(),
        secret: sealed,
        old_secret: None,
        old_until: None,
        disabled_reason: String::new(),
        failures: 0,
        last_sent_at: None,
        last_failed_at: None,
        created_at: OffsetDateTime::now_utc(),
        name: asked.name.clone(),
        min_severity: asked.min_severity.to_string(),
        events: asked.events.iter().map(ToString::to_string).collect(),
        asset_ids: asked.assets.iter().map(ToString::to_string).collect(),
        enabled: asked.enabled,
        id,
    };
    Ok((row, secret.map(|secret| secret_text(&secret))))
}

/// What stands, with the new settings.
async fn replaced(
    api: &Api,
    tx: &mut TenantTx,
    owner: Owner,
    old: &IntegrationRow,
    asked: &Asked,
) -> Result<IntegrationRow, NotifyFault> {
    if !asked.kind.is_empty() && asked.kind != old.kind {
        return Err(NotifyFault::field("kind", "cannot be changed"));
    }
    let mut row = IntegrationRow {
        name: asked.name.clone(),
        min_severity: asked.min_severity.to_string(),
        events: asked.events.iter().map(ToString::to_string).collect(),
        asset_ids: asked.assets.iter().map(ToString::to_string).collect(),
        enabled: asked.enabled,
        ..old.clone()
    };
    if let Some(address) = &asked.address {
        row.address = sealed_address(api, tx, owner, &row.id, address).await?;
        row.origin = wt_outbound::origin(address);
    }
    if row.enabled != old.enabled {
        // Somebody looked at it: what failed before is no reason any more.
        row.disabled_reason = String::new();
        row.failures = 0;
    }
    Ok(row)
}

async fn sealed_address(
    api: &Api,
    tx: &mut TenantTx,
    owner: Owner,
    id: &str,
    address: &Url,
) -> Result<Vec<u8>, NotifyFault> {
    let place = Place {
        column: ADDRESS_COLUMN,
        row: id,
    };
    let text = address.as_str().as_bytes();
    let sealed = seal(api)?.seal(tx.conn(), owner, place, text).await?;
    Ok(sealed.into_bytes())
}

fn read(api: &Api, request: notify::PutIntegrationRequest) -> Result<Asked, NotifyFault> {
    let rule = request.rule.unwrap_or_default();
    if rule.asset_ids.len() > ASSETS_MAX {
        return Err(NotifyFault::field(
            "asset_ids",
            format!("at most {ASSETS_MAX}"),
        ));
    }
    if rule.events.len() > EventType::ALL.len() {
        return Err(NotifyFault::field("events", "each kind of event once"));
    }
    let events = rule.events.iter().enumerate().map(|(at, word)| {
        let bad = |error| NotifyFault::field(format!("events[{at}]"), error);
        word.parse::<EventType>().map_err(bad)
    });
    let assets = rule.asset_ids.iter().enumerate().map(|(at, id)| {
        let bad = |error| NotifyFault::field(format!("asset_ids[{at}]"), error);
        id.parse::<AssetId>().map_err(bad)
    });
    Ok(Asked {
        events: events.collect::<Result<_, NotifyFault>>()?,
        assets: assets.collect::<Result<_, NotifyFault>>()?,
        min_severity: rule
            .min_severity
            .parse()
            .map_err(|error| NotifyFault::field("min_severity", error))?,
        name: name(&request.name)?,
        address: address(api, &request.address)?,
        kind: request.kind,
        enabled: request.enabled,
    })
}

/// As names everywhere: the limit is of what was sent.
fn name(text: &str) -> Result<String, NotifyFault> {
    let fits = text.chars().count() <= NAME_CHARS_MAX;
    let text = text.trim();
    if fits && !text.is_empty() && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let reason = format!("1 to {NAME_CHARS_MAX} printable characters");
    Err(NotifyFault::field("name", reason))
}

/// An address that may be asked, as far as that shows without asking. The reason never repeats it.
fn address(api: &Api, text: &str) -> Result<Option<Url>, NotifyFault> {
    if text.is_empty() {
        return Ok(None);
    }
    let field = |reason: &str| NotifyFault::field("address", reason);
    if text.len() > ADDRESS_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(field("too long or not printable"));
    }
    let url: Url = text.parse().map_err(|_| field("is no address"))?;
    match api.outbound.check(&url) {
        Ok(()) => Ok(Some(url)),
        Err(wt_outbound::OutboundFault::Refused { reason, .. }) => Err(field(reason)),
        Err(fault) => Err(fault.into()),
    }
}

async fn record(
    tx: &mut TenantTx,
    before: Option<&IntegrationRow>,
    after: &IntegrationRow,
) -> Result<(), NotifyFault> {
    let shown = |row: &IntegrationRow| {
        serde_json::json!({
            "kind": row.kind, "name": row.name, "origin": row.origin,
            "min_severity": row.min_severity, "events": row.events,
            "asset_ids": row.asset_ids, "enabled": row.enabled,
        })
    };
    let mut now = shown(after);
    if let Some(fields) = now.as_object_mut() {
        let changed = before.is_none_or(|old| old.address != after.address);
        fields.insert("address_changed".to_owned(), changed.into());
    }
    let action = if before.is_some() {
        "integration.change"
    } else {
        "integration.create"
    };
    let before = before.map(shown);
    wt_audit::record(tx, action, &after.id, before.as_ref(), Some(&now)).await?;
    Ok(())
}
