//! Signed jobs: `JobEnvelope` and the domain's [`Envelope`].
use wt_envelope::{Envelope, Signature};

use crate::scan;

/// Media type every job is signed under (contracts §3).
pub const JOB_PAYLOAD_TYPE: &str = "application/vnd.watchtower.job.v1+protobuf";

/// The wire form of a signed job.
pub fn job_envelope_to_wire(envelope: &Envelope) -> scan::JobEnvelope {
    scan::JobEnvelope {
        payload_type: envelope.payload_type.clone(),
        payload: envelope.payload.clone(),
        signatures: envelope
            .signatures
            .iter()
            .map(|made| scan::JobSignature {
                key_id: made.key_id.clone(),
                signature: made.signature.clone(),
            })
            .collect(),
    }
}

/// A signed job as it came; nothing in it is believed before `wt_envelope::verify`.
pub fn job_envelope_from_wire(wire: scan::JobEnvelope) -> Envelope {
    Envelope {
        payload_type: wire.payload_type,
        payload: wire.payload,
        signatures: wire
            .signatures
            .into_iter()
            .map(|made| Signature {
                key_id: made.key_id,
                signature: made.signature,
            })
            .collect(),
    }
}
