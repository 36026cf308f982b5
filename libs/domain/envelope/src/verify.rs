//! Opening an envelope: the verified bytes, or a refusal.
use crate::{Envelope, EnvelopeFault, TrustedKeys, pae};

/// Most signatures an envelope may carry: key rollover needs two; the rest would only cost time.
pub const SIGNATURES_MAX: usize = 4;

/// The payload, if a trusted key signed exactly these bytes as a `payload_type`.
///
/// # Errors
/// [`EnvelopeFault`] says why not; the payload must then not be looked at.
pub fn verify<'a>(
    envelope: &'a Envelope,
    payload_type: &str,
    keys: &TrustedKeys,
) -> Result<&'a [u8], EnvelopeFault> {
    if envelope.payload_type != payload_type {
        return Err(EnvelopeFault::WrongType {
            found: envelope.payload_type.chars().take(128).collect(),
        });
    }
    if envelope.signatures.is_empty() {
        return Err(EnvelopeFault::Unsigned);
    }
    if envelope.signatures.len() > SIGNATURES_MAX {
        return Err(EnvelopeFault::TooManySignatures);
    }
    let signed = pae(&envelope.payload_type, &envelope.payload);
    let trusted = envelope
        .signatures
        .iter()
        .any(|made| keys.iter().any(|key| key.accepts(&signed, &made.signature)));
    if trusted {
        Ok(&envelope.payload)
    } else {
        Err(EnvelopeFault::NotTrusted)
    }
}
