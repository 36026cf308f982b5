//! What an event is in the ledger: its canonical JSON.
use serde_json::{Value, json};
use wt_diff::Event;
use wt_exposure::Settled;
use wt_ledger::canonical_json;
use wt_model::TenantKey;

/// How a cell settled, as stored and as leaves and packets say it.
pub(crate) fn settled(settled: &Settled) -> Value {
    // Serialises to an object tagged with `outcome`; nothing in it can fail.
    serde_json::to_value(settled).unwrap_or_default()
}

/// The bytes of an event's leaf. `at` is RFC 3339.
pub(crate) fn event(tenant_key: TenantKey, event: &Event, at: &str) -> Vec<u8> {
    canonical_json(&json!({
        "at": at,
        "changed": event.changed,
        "check_digest": event.check.digest,
        "check_id": event.check.id,
        "discriminator": event.discriminator,
        "asset_id": event.subject.asset_id,
        "host": event.subject.host,
        "id": event.id,
        "key": event.key,
        "port": event.subject.port,
        "reason": event.reason,
        "run_id": event.run_id,
        "settled": event.settled.as_ref().map(settled),
        "severity": event.severity,
        "strength": event.strength,
        "tenant_key": tenant_key,
        "title": event.title,
        "transport": event.subject.transport,
        "type": event.event_type,
    }))
}
