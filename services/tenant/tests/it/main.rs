//! The tenant service through its real door, with a database and a broker of its own.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod api_keys;
mod device;
mod door;
mod impersonation;
mod invitations;
mod live_sessions;
mod master_key;
mod mfa;
mod organizations;
mod passwords;
mod people;
mod rights;
mod sessions;
mod signing_keys;
