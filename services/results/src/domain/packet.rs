//! The body of an evidence packet (docs/contracts/packet.md).
use data_encoding::BASE64;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_model::{EventType, TenantKey};
use wt_proto::{Message, scan};

use crate::{
    error::ResultsFault,
    store::{
        action::ActionRow,
        applied::AppliedRow,
        event::{EventRow, EvidenceRow},
        exposure_page::ExposureRow,
    },
};

/// What a packet is made from.
pub(crate) struct Material<'a> {
    pub(crate) tenant_key: TenantKey,
    pub(crate) ledger_index: u64,
    pub(crate) issued_at: OffsetDateTime,
    pub(crate) exposure: &'a ExposureRow,
    /// Oldest first.
    pub(crate) events: &'a [EventRow],
    /// Newest first.
    pub(crate) evidence: &'a [EvidenceRow],
    /// Oldest first.
    pub(crate) actions: &'a [ActionRow],
    /// The result behind the newest event; none when no run led to it.
    pub(crate) applied: Option<&'a AppliedRow>,
}

/// Newest event and newest action: the same basis makes the same packet.
pub(crate) fn basis(events: &[EventRow], actions: &[ActionRow]) -> String {
    let event = events.last().map_or("", |event| event.id.as_str());
    let action = actions.last().map_or("", |action| action.id.as_str());
    format!("{event}+{action}")
}

/// The body. Integers, strings, lists and objects only, so that its canonical form is one.
pub(crate) fn body(material: &Material<'_>) -> Result<Value, ResultsFault> {
    let after = material.events.last().ok_or(ResultsFault::NothingToProve)?;
    let before = before(material);
    Ok(json!({
        "tenant_key": material.tenant_key,
        "ledger_index": material.ledger_index,
        "issued_at": rfc3339(material.issued_at)?,
        "verdict": after.r#type,
        "exposure": exposure(material.exposure),
        "before": before.map(|e| observed(e, material.evidence)).transpose()?,
        "after": concluded(after, material.evidence)?,
        "actions": material.actions.iter().map(action).collect::<Result<Vec<_>, _>>()?,
        "run": material.applied.map(run).transpose()?,
        "job": material.applied.map(job).transpose()?,
        "engine": material.applied.map(|row| json!({
            "name": row.engine_name,
            "version": row.engine_version,
            "check_set_digest": row.check_set_digest,
        })),
        "result": material.applied.map(|row| json!({
            "artifact_key": row.artifact_key,
            "sha256": row.artifact_sha256,
            "bytes": row.artifact_bytes,
        })),
    }))
}

/// The newest event before the last that saw the exposure.
fn before<'a>(material: &Material<'a>) -> Option<&'a EventRow> {
    let (_, earlier) = material.events.split_last()?;
    earlier.iter().rev().find(|event| {
        let kind: Result<EventType, _> = event.r#type.parse();
        matches!(
            kind,
            Ok(EventType::New
                | EventType::Changed
                | EventType::Responsive
                | EventType::Reopened
                | EventType::StillOpen)
        )
    })
}

fn rfc3339(at: OffsetDateTime) -> Result<String, ResultsFault> {
    at.format(&Rfc3339)
        .map_err(|error| ResultsFault::inconsistent("time in a packet", error))
}

fn exposure(row: &ExposureRow) -> Value {
    json!({
        "key": row.key,
        "state": row.state,
        "severity": row.severity,
        "title": row.title,
        "check_id": row.check_id,
        "asset_id": row.asset_id,
        "host": row.host,
        "transport": row.transport,
        "port": row.port,
        "discriminator": row.discriminator,
    })
}

fn observed(event: &EventRow, evidence: &[EvidenceRow]) -> Result<Value, ResultsFault> {
    let seen = evidence.iter().find(|row| row.event_id == event.id);
    Ok(json!({
        "event_id": event.id,
        "type": event.r#type,
        "run_id": event.run_id,
        "at": rfc3339(event.at)?,
        "evidence": seen.map(proof),
    }))
}

fn concluded(event: &EventRow, evidence: &[EvidenceRow]) -> Result<Value, ResultsFault> {
    let mut value = observed(event, evidence)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("settled".to_owned(), json!(event.settled));
        fields.insert("strength".to_owned(), json!(event.strength));
        fields.insert("reason".to_owned(), json!(event.reason));
        let check = json!({ "id": event.check_id, "digest": event.check_digest });
        fields.insert("check".to_owned(), check);
    }
    Ok(value)
}

fn proof(row: &EvidenceRow) -> Value {
    json!({
        "address": row.address,
        "attributes": row.attributes,
        "request": BASE64.encode(&row.request),
        "response": BASE64.encode(&row.response),
        "response_sha256": row.response_sha256,
        "certificate": row.certificate.as_ref().map(|der| BASE64.encode(der)),
        "matched": row.matched,
        "elapsed_ms": row.elapsed_ms,
    })
}

fn action(row: &ActionRow) -> Result<Value, ResultsFault> {
    Ok(json!({
        "id": row.id,
        "kind": row.kind,
        "by": row.by,
        "at": rfc3339(row.at)?,
        "reason": row.reason,
        "note": row.note,
        "assignee": row.assignee,
        "until": row.until.map(rfc3339).transpose()?,
        "run_id": row.run_id,
    }))
}

fn run(row: &AppliedRow) -> Result<Value, ResultsFault> {
    Ok(json!({
        "id": row.run_id,
        "kind": row.run_kind,
        "profile": row.profile,
        "seq": row.run_seq,
        "requested_by": row.requested_by,
        "requested_at": row.requested_at.map(rfc3339).transpose()?,
        "started_at": row.started_at.map(rfc3339).transpose()?,
        "finished_at": row.finished_at.map(rfc3339).transpose()?,
    }))
}

/// The job as it was dispatched, signature included, so that it can be checked again.
fn job(row: &AppliedRow) -> Result<Value, ResultsFault> {
    let envelope = scan::JobEnvelope::decode(row.job_envelope.as_slice())
        .map_err(|error| ResultsFault::inconsistent("results.applied.job_envelope", error))?;
    let signatures: Vec<Value> = envelope
        .signatures
        .iter()
        .map(|made| json!({ "key_id": made.key_id, "signature": BASE64.encode(&made.signature) }))
        .collect();
    Ok(json!({
        "id": row.job_id,
        "attempt": row.attempt,
        "worker_id": row.worker_id,
        "vantage": row.vantage,
        "authorization_ids": row.authorization_ids,
        "payload_type": envelope.payload_type,
        "payload": BASE64.encode(&envelope.payload),
        "signatures": signatures,
    }))
}
