//! Sealing and opening the envelope every message travels in (contracts §9).

use time::OffsetDateTime;
use ulid::Ulid;
use wt_model::{EventId, Principal, TenantKey, TypedId};
use wt_proto::{
    Message,
    convert::{InvalidMessage, to_timestamp},
    event::Envelope,
    subject::EventPayload,
};
use wt_telemetry::propagate;

/// A message that is not an envelope this code understands.
#[derive(Debug, thiserror::Error)]
pub enum InvalidEnvelope {
    /// Not an envelope, or not the payload its type names.
    #[error("the message can't be decoded")]
    Bytes(#[from] prost::DecodeError),
    /// A field is wrong.
    #[error("the envelope is malformed")]
    Field(#[from] InvalidMessage),
    /// The principal is another organization's.
    #[error("the principal belongs to another organization than the message")]
    Tenant,
    /// A payload of another type or a newer version.
    #[error("the message is {found} version {version}, expected {expected}")]
    Type {
        /// What it is.
        found: String,
        /// Its version.
        version: u32,
        /// What was expected.
        expected: &'static str,
    },
}

/// Seals a payload on behalf of a principal, with the trace we are in.
pub fn envelope_for<P: EventPayload>(
    producer: &str,
    tenant: TenantKey,
    principal: &Principal,
    payload: &P,
) -> Envelope {
    let context = propagate::current();
    Envelope {
        id: EventId::from_ulid(Ulid::generate()).to_string(),
        r#type: P::TYPE.to_owned(),
        version: P::VERSION,
        tenant_key: tenant.to_string(),
        occurred_at: Some(to_timestamp(OffsetDateTime::now_utc())),
        producer: producer.to_owned(),
        traceparent: context.traceparent,
        tracestate: context.tracestate,
        principal: Some(principal.into()),
        payload: payload.encode_to_vec(),
    }
}

/// Opens an envelope: its tenant and a principal of exactly that tenant.
///
/// # Errors
/// Which part can't be believed.
pub fn open_envelope(bytes: &[u8]) -> Result<(Envelope, TenantKey, Principal), InvalidEnvelope> {
    let mut envelope = Envelope::decode(bytes)?;
    let tenant: TenantKey = envelope
        .tenant_key
        .parse()
        .map_err(|error| InvalidMessage::new("tenant_key", error))?;
    let principal = match envelope.principal.take() {
        Some(wire) => Principal::try_from(wire)?,
        None => Principal::service(&envelope.producer, tenant),
    };
    if principal.tenant_key != Some(tenant) {
        return Err(InvalidEnvelope::Tenant);
    }
    Ok((envelope, tenant, principal))
}
