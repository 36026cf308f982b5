//! Makes an integration, or replaces its settings. A webhook's signing secret is answered once; a
//! tracker's token is taken, and goes only to the address it was given with.

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
        tracker::{GITHUB, Tracker},
    },
    error::NotifyFault,
    store::{self, integration::IntegrationRow},
};

/// The database's limit (`migrations/notify`).
const NAME_CHARS_MAX: usize = 120;
/// Longest address: browsers and servers take no more.
const ADDRESS_BYTES_MAX: usize = 2_000;
/// Longest token: those of GitHub and Jira have a few hundred characters.
const TOKEN_BYTES_MAX: usize = 2_000;
/// What is recorded of messages that waited when somebody switched it off.
const SWITCHED_OFF: &str = "the integration was switched off";

/// A request that was found to be in order.
struct Asked {
    kind: String,
    name: String,
    /// None keeps the stored one.
    address: Option<Url>,
    /// Likewise.
    token: Option<String>,
    /// Of a tracker, not looked at yet.
    tracker: Option<Tracker>,
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
        store::ticket::give_up_claims(&mut tx, &row.id, SWITCHED_OFF).await?;
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
    seal(api)?;
    let kind: Kind = asked
        .kind
        .parse()
        .map_err(|error| NotifyFault::field("kind", error))?;
    let usual = match kind {
        Kind::GitHub => GITHUB.parse().ok(),
        _ => None,
    };
    let address = asked.address.clone().or(usual);
    let address = address.ok_or_else(|| NotifyFault::field("address", "is required"))?;
    let tracker = tracker(kind, asked)?;
    // Two made at the same moment may both find room: the limit is against carelessness.
    if store::integration::count(tx).await? >= INTEGRATIONS_MAX {
        return Err(NotifyFault::IntegrationsFull);
    }
    let id = IntegrationId::from_ulid(Ulid::generate()).to_string();
    let secret = (kind == Kind::Webhook).then(new_secret);
    let kept = match (&secret, &asked.token) {
        (Some(secret), _) => Some(secret.as_slice()),
        (None, Some(token)) => Some(token.as_bytes()),
        (None, None) if kind.is_tracker() => {
            return Err(NotifyFault::field("token", "is required"));
        }
        (None, None) => None,
    };
    let sealed = match kept {
        Some(kept) => Some(sealed(api, tx, owner, (SECRET_COLUMN, &id), kept).await?),
        None => None,
    };
    let text = address.as_str().as_bytes();
    let row = IntegrationRow {
        address: self::sealed(api, tx, owner, (ADDRESS_COLUMN, &id), text).await?,
        origin: wt_outbound::origin(&address),
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
        tracker: tracker.map(serde_json::to_value).transpose()?,
        failing: String::new(),
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
    let kind = old.kind()?;
    row.tracker = tracker(kind, asked)?
        .map(serde_json::to_value)
        .transpose()?;
    if let Some(address) = &asked.address {
        // Else whoever may change it could send a token they never saw to an address of theirs.
        if kind.is_tracker() && asked.token.is_none() {
            let reason = "give it again: it goes only to the address it was given with";
            return Err(NotifyFault::field("token", reason));
        }
        let text = address.as_str().as_bytes();
        row.address = sealed(api, tx, owner, (ADDRESS_COLUMN, &row.id), text).await?;
        row.origin = wt_outbound::origin(address);
    }
    if let Some(token) = &asked.token {
        let place = (SECRET_COLUMN, row.id.as_str());
        row.secret = Some(sealed(api, tx, owner, place, token.as_bytes()).await?);
        // Somebody mended it: what was wrong with the old one is no reason any more.
        row.failing = String::new();
    }
    if row.enabled != old.enabled {
        // Somebody looked at it: what failed before is no reason any more.
        row.disabled_reason = String::new();
        row.failures = 0;
        row.failing = String::new();
    }
    Ok(row)
}

async fn sealed(
    api: &Api,
    tx: &mut TenantTx,
    owner: Owner,
    (column, row): (&'static str, &str),
    text: &[u8],
) -> Result<Vec<u8>, NotifyFault> {
    let place = Place { column, row };
    let sealed = seal(api)?.seal(tx.conn(), owner, place, text).await?;
    Ok(sealed.into_bytes())
}

/// A tracker's settings, checked; none of what is no tracker, which has no token either.
fn tracker(kind: Kind, asked: &Asked) -> Result<Option<Tracker>, NotifyFault> {
    let not_its = |field: &str| Err(NotifyFault::field(field, "is of GitHub and Jira alone"));
    match (kind.is_tracker(), &asked.tracker) {
        (true, Some(tracker)) => {
            let checked = tracker.clone().checked(kind);
            Ok(Some(checked.map_err(|bad| {
                NotifyFault::field(bad.field, bad.reason)
            })?))
        }
        (true, None) => Err(NotifyFault::field("tracker", "is required")),
        (false, Some(_)) => not_its("tracker"),
        (false, None) if asked.token.is_some() => not_its("token"),
        (false, None) => Ok(None),
    }
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
        token: token(&request.token)?,
        tracker: request.tracker.map(|given| Tracker {
            project: given.project,
            labels: given.labels,
            issue_type: given.issue_type,
            account: given.account,
            done_transition: given.done_transition,
            reopen_transition: given.reopen_transition,
        }),
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

/// A token as a header carries it. The reason never repeats it.
fn token(text: &str) -> Result<Option<String>, NotifyFault> {
    let text = text.trim();
    if text.len() > TOKEN_BYTES_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(NotifyFault::field("token", "too long or no token"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
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
            "asset_ids": row.asset_ids, "enabled": row.enabled, "tracker": row.tracker,
        })
    };
    let mut now = shown(after);
    if let Some(fields) = now.as_object_mut() {
        let changed = before.is_none_or(|old| old.address != after.address);
        fields.insert("address_changed".to_owned(), changed.into());
        let changed = before.is_none_or(|old| old.secret != after.secret);
        fields.insert("secret_changed".to_owned(), changed.into());
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
