//! What one run may touch, and the special address ranges it may not.
//!
//! Pure: decides from its arguments alone. Text from outside becomes a [`Host`], [`Network`]
//! or [`wt_exposure::PortSet`] here or is refused with a reason; nothing is guessed or widened.
//!
//! **Invariant**: addresses are compared only in canonical form (IPv4-mapped IPv6 folded), so one
//! host has one spelling. **Boundary**: the engine's guard asks [`Scope::permits`] before every
//! connection; no other code decides whether an address may be reached.

mod asset;
mod exclusion;
mod host;
mod network;
mod port;
mod scope;
mod special;

pub use asset::{InvalidAsset, normalise_asset};
pub use exclusion::{Exclusion, InvalidExclusion};
pub use host::{Host, HostRefused};
pub use network::{Network, NetworkRefused, canonical_address, parse_address};
pub use port::{PORTS_BASELINE, PORTS_DEEP, PORTS_FAST_RECHECK, ports_of};
pub use scope::{InvalidScope, Refusal, Scope};
pub use special::{SpecialRange, classify};
