//! Coverage cells, exposure identity and fingerprints (contracts §4, §5).
//!
//! Pure: no I/O, no clock, no randomness, no unordered maps.

mod cell;
mod port_set;

pub use cell::{
    AbsentReason, CellRun, CheckInfo, CheckRef, Control, Evidence, InconclusiveReason, JobReport,
    Observation, ScopeDenial, Settled, Subject, Transport,
};
pub use port_set::PortSet;
