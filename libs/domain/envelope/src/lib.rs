//! Signed envelopes in the shape of DSSE: what was signed is what is handed out.
//!
//! The signature covers the payload's type and its exact bytes (the pre-authentication
//! encoding); [`verify`] returns those bytes and nothing is ever parsed before it. The key id is
//! a hint for people and logs: acceptance depends on the trusted keys alone
//! (<https://github.com/secure-systems-lab/dsse>, protocol 1.0.2). Pure: keys are arguments.

mod fault;
mod key;
mod key_id;
mod pae;
mod pem;
mod sign;
mod verify;

pub use fault::{EnvelopeFault, KeyFault};
pub use key::{SigningKey, TrustedKeys, VerifyingKey};
pub use key_id::KeyId;
pub use pae::pae;
pub use sign::{Envelope, Signature, sign};
pub use verify::{SIGNATURES_MAX, verify};
