//! The list of refused connections, without repetition and bounded.
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use wt_exposure::ScopeDenial;

/// Most denials kept of one job: enough to see the pattern, too few to fill memory.
const DENIALS_MAX: usize = 1_000;

/// Collects denials of one job.
#[derive(Debug, Default)]
pub(super) struct Denials(Mutex<BTreeSet<ScopeDenial>>);

impl Denials {
    /// Remembers one; the same refusal twice is one.
    pub(super) fn record(&self, denial: ScopeDenial) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < DENIALS_MAX {
            list.insert(denial);
        }
    }

    /// All of them, in order.
    pub(super) fn list(&self) -> Vec<ScopeDenial> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().cloned().collect()
    }
}
