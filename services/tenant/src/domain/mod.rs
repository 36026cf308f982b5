//! This service's pure decisions.

pub(crate) mod access;
pub(crate) mod api_key;
pub(crate) mod device;
pub(crate) mod email;
pub(crate) mod impersonation;
pub(crate) mod mail_link;
pub(crate) mod name;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod session;
pub(crate) mod signing_key;
pub(crate) mod sso;
pub(crate) mod stripe_event;
pub(crate) mod stripe_signature;
pub(crate) mod totp;
