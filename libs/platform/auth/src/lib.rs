//! Who is calling and what they may do (contracts §10).
//!
//! Invariants: the algorithm is fixed in code (`EdDSA`); every claim that is relied on is
//! required; keys come from files or a JWKS, never from the token; a permission is asked for
//! once, as a value ([`Granted`]) that store functions may require.

mod access_token;
mod authorize;
mod claims;
mod config;
mod dev_keys;
mod fault;
mod foreign;
mod internal_token;
mod jwks;
mod key;

pub use access_token::{ACCESS_TOKEN_TTL, AccessIssuer, AccessVerifier};
pub use authorize::{Granted, may, tenant_of};
pub use config::InternalArgs;
pub use dev_keys::{SERVICES, write_dev_keys};
pub use fault::AuthFault;
pub use foreign::{ForeignKeys, claimed_issuer};
pub use internal_token::{Caller, INTERNAL_TOKEN_TTL, InternalIssuer, InternalVerifier};
pub use jwks::Jwks;
pub use key::{KeyFault, PublicKey, SigningKey};
