//! Every SQL statement of this service.
//!
//! People and sessions belong to no organization and are reached by id or by the hash of a
//! secret, through a [`wt_pg::PlatformTx`]; organizations and members only through a tenant's.

pub(crate) mod api_key;
pub(crate) mod challenge;
pub(crate) mod device;
pub(crate) mod impersonation;
pub(crate) mod invitation;
pub(crate) mod mail_link;
pub(crate) mod member;
pub(crate) mod organization;
pub(crate) mod passkey;
pub(crate) mod role;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod signing_key;
pub(crate) mod sso;
pub(crate) mod subscription;
pub(crate) mod team;
pub(crate) mod totp;
pub(crate) mod user;
