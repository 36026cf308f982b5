//! What the demo saw, for programs.
use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

/// `target/demo/summary.json`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    /// How many exposures there are, in any state.
    pub(super) exposures: usize,
    /// How many in each state.
    pub(super) by_state: BTreeMap<String, usize>,
    /// How many events of each type.
    pub(super) events: BTreeMap<String, usize>,
    /// Mails that arrived.
    pub(super) emails: usize,
    /// Whether the packet of the fix was accepted offline.
    pub(super) packet_verified: bool,
    /// How long things took.
    pub(super) seconds: Seconds,
}

/// Wall-clock seconds.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Seconds {
    /// From starting the demo, with everything built, to the first exposure.
    pub(super) first_finding: f64,
    /// From asking for the scan to its end.
    pub(super) scan: f64,
    /// From asking for a verification to its verdict.
    pub(super) verify: f64,
}

impl Summary {
    /// Writes it where programs look for it.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join("summary.json");
        fs::write(&path, serde_json::to_vec_pretty(self)?)
            .with_context(|| path.display().to_string())?;
        println!("\n{}", serde_json::to_string(self)?);
        Ok(())
    }
}
