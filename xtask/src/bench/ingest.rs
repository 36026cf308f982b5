//! Exposures persisted by the results service, beside a bare COPY and set-based merge.
use anyhow::Result;
use serde::Deserialize;

use super::{
    measure::{Better, Measured},
    rig::Rig,
};

/// What `wt-results-bench` prints.
#[derive(Deserialize)]
struct Rates {
    ours_per_s: f64,
    peer_per_s: f64,
}

pub(super) fn measure(rig: &Rig) -> Result<Vec<Measured>> {
    let said = crate::workspace::output(
        rig.workspace
            .command(rig.workspace.target("release").join("wt-results-bench"))
            .args(["--superuser-url", &rig.peers.database_url])
            .args(["--service-url", &rig.peers.database_url_as("wt_results")]),
    )?;
    let rates: Rates = serde_json::from_str(&said)?;
    Ok(vec![Measured::new(
        "results.ingest_vs_sql",
        "exposures/s",
        Better::Higher,
        &mut [rates.ours_per_s],
        &mut [rates.peer_per_s],
    )])
}
