//! Exposures persisted by the results service, beside a bare COPY and set-based merge.
use anyhow::Result;

use super::{measure::Measured, rig::Rig};

pub(super) fn measure(_rig: &Rig) -> Result<Vec<Measured>> {
    anyhow::bail!("the results service offers no entry point yet")
}
