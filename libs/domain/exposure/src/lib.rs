//! Coverage cells, exposure identity and fingerprints (contracts §4, §5).
//!
//! Pure: no I/O, no clock, no randomness, no unordered maps.

mod canonical;
mod cell;
mod fingerprint;
mod identity;
mod of_name;
mod port_set;

pub use canonical::{QueryValues, fold_host, fold_path};
pub use cell::{
    AbsentReason, CellRun, CheckInfo, CheckRef, Control, Evidence, InconclusiveReason, JobReport,
    Observation, ScopeDenial, Settled, Subject, Transport,
};
pub use fingerprint::{FieldChange, Fingerprint, InvalidFingerprint, changed_fields};
pub use identity::{ExposureKey, InvalidKey};
pub use of_name::{NAME_PORT, cells_of_host, is_name, looks_at_name};
pub use port_set::PortSet;
