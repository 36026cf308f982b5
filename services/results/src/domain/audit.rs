//! What an audit record is in the chain: its canonical JSON, and what finds it again.
use serde_json::{Value, json};
use wt_ledger::canonical_json;
use wt_model::TenantKey;
use wt_proto::event::AuditRecorded;

/// Longest text kept of one field; a record names things, it does not carry them.
const FIELD_CHARS_MAX: usize = 4_096;

/// The canonical JSON of entry number `index`. `at` is RFC 3339; `id` that of the news.
pub(crate) fn entry(
    tenant_key: TenantKey,
    index: u64,
    id: &str,
    at: &str,
    said: &AuditRecorded,
) -> String {
    let body = json!({
        "acting_as": optional(&said.acting_as),
        "action": cut(&said.action),
        "actor": cut(&said.actor),
        "actor_kind": cut(&said.actor_kind),
        "after": value(&said.after_json),
        "at": at,
        "before": value(&said.before_json),
        "id": id,
        "index": index,
        "ip": optional(&said.ip),
        "service": cut(&said.service),
        "session_id": optional(&said.session_id),
        "target": cut(&said.object),
        "tenant_key": tenant_key,
        "trace_id": optional(&said.trace_id),
        "user_agent": optional(&said.user_agent),
    });
    String::from_utf8(canonical_json(&body)).unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.chars().take(FIELD_CHARS_MAX).collect()
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| cut(text))
}

/// What changed, as it was said; text that is no JSON is kept as text and never lost.
fn value(json: &str) -> Value {
    if json.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(json).unwrap_or_else(|_| Value::String(cut(json)))
}

#[cfg(test)]
mod tests {
    use wt_proto::event::AuditRecorded;

    use super::entry;

    #[test]
    fn the_same_record_at_the_same_place_is_the_same_bytes() {
        let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let said = AuditRecorded {
            action: "asset.archive".to_owned(),
            before_json: r#"{"b":1,"a":2}"#.to_owned(),
            after_json: "no json".to_owned(),
            ..Default::default()
        };
        let text = entry(tenant, 7, "evt_1", "2026-11-21T06:00:00Z", &said);
        assert_eq!(
            text,
            entry(tenant, 7, "evt_1", "2026-11-21T06:00:00Z", &said)
        );
        assert!(text.contains(r#""before":{"a":2,"b":1}"#), "{text}");
        assert!(text.contains(r#""after":"no json""#), "{text}");
        assert!(text.contains(r#""index":7"#), "{text}");
    }
}
