//! The tenant service through its real door, with a database and a broker of its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test takes for granted is asserted"
)]

mod api_keys;
mod authenticator;
mod billing;
mod device;
mod door;
mod impersonation;
mod impersonation_end;
mod impersonation_scene;
mod invitations;
mod live_sessions;
mod master_key;
mod mfa;
mod organizations;
mod passkey_scene;
mod passkey_sign_in;
mod passkeys;
mod passwords;
mod people;
mod provider;
mod rights;
mod seats;
mod sessions;
mod sign_up_by_mail;
mod signing_keys;
mod sso;
mod sso_enforced;
mod sso_peers;
mod sso_scene;
