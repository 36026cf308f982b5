//! Secrets at rest: envelope encryption, a data key per owner, a master key around those.
//!
//! **Invariants**: a secret opens only where it was sealed (column, row and owner are bound to
//! it); no key is stored in clear; what was opened is wiped from memory and never printed.
//!
//! A secret is sealed with AES-256-GCM under its owner's data key ([`Sealed`] has the format).
//! Data keys live in `<schema>.data_keys` (organizations, under row-level security) and
//! `<schema>.private_data_keys` (people and the platform, reached by owner), wrapped by a
//! [`MasterKey`]: a [`Keyring`] from a file or the environment, or a [`TransitKey`] of a key
//! management service, which never gives its key away. While that service is away nothing is sealed
//! and nothing opened that is not remembered: there is no second way. A schema gets both tables with `call platform.give_data_keys(…)`.

mod chain;
mod config;
mod data_key;
mod fault;
mod format;
mod keyring;
mod master_key;
mod rotate;
mod seal;
mod transit;
mod watch;

pub use config::MasterKeyArgs;
pub use fault::SealFault;
pub use format::{Opened, Owner, Place, Sealed};
pub use keyring::Keyring;
pub use master_key::{MasterKey, Secret256, Wrapped};
pub use rotate::{MasterKeyCommand, Rotated, command, rotate};
pub use seal::{DATA_KEY_LIFETIME, Seal};
pub use transit::{KmsAddress, TransitKey};
pub use watch::watch;
