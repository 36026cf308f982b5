//! Making an envelope.
use crate::{KeyId, SigningKey, pae};

/// A payload with the signatures over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Media type of the payload; part of what is signed.
    pub payload_type: String,
    /// Exactly what was signed.
    pub payload: Vec<u8>,
    /// Signatures; one that counts is enough.
    pub signatures: Vec<Signature>,
}

/// One Ed25519 signature over the pre-authentication encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Which key says it made it: a hint.
    pub key_id: String,
    /// The 64 signature bytes.
    pub signature: Vec<u8>,
}

/// Signs `payload` as a `payload_type` with one key.
pub fn sign(key: &SigningKey, payload_type: &str, payload: Vec<u8>) -> Envelope {
    let signature = key.sign_bytes(&pae(payload_type, &payload)).to_vec();
    let key_id: KeyId = key.public().key_id();
    Envelope {
        payload_type: payload_type.to_owned(),
        payload,
        signatures: vec![Signature {
            key_id: key_id.to_string(),
            signature,
        }],
    }
}
