//! Everything a report may speak of, in the contract's words.

use std::collections::BTreeMap;

use wt_model::{EventType, ExposureState, RunKind, RunState, Severity};

/// The run a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// `run_…`
    pub(crate) id: String,
    /// Why it ran.
    pub(crate) kind: RunKind,
    /// How it ended.
    pub(crate) state: RunState,
    /// Contract word.
    pub(crate) profile: String,
    /// When it ended, as a date and time in UTC.
    pub(crate) finished: String,
    /// Assets it covered.
    pub(crate) assets: usize,
    /// Jobs planned and failed.
    pub(crate) jobs: (u32, u32),
}

/// One transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Whose.
    pub(crate) exposure: Subject,
    /// What happened.
    pub(crate) kind: EventType,
    /// Why, where a reason is part of it.
    pub(crate) reason: String,
    /// Names of what differs, for `CHANGED`.
    pub(crate) fields: Vec<String>,
}

/// An exposure as a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    /// `exp1_…`
    pub(crate) key: String,
    /// How bad.
    pub(crate) severity: Severity,
    /// The check's title.
    pub(crate) title: String,
    /// The check.
    pub(crate) check_id: String,
    /// Where.
    pub(crate) host: String,
    /// Which port; 0 for none.
    pub(crate) port: u32,
}

/// An exposure the run covered that is not fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    /// Which.
    pub(crate) exposure: Subject,
    /// `open` or `unresponsive`.
    pub(crate) state: ExposureState,
}

/// Everything a report may speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The run.
    pub(crate) run: Run,
    /// Its committed events.
    pub(crate) events: Vec<Event>,
    /// What is open where it looked.
    pub(crate) open: Vec<Open>,
    /// What to do, by check.
    pub(crate) remediation: BTreeMap<String, String>,
    /// Cells that settled `present`, `absent`, `inconclusive`.
    pub(crate) cells: (u64, u64, u64),
    /// Connections the scope guard refused.
    pub(crate) scope_denials: u64,
}
