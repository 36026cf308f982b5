//! Results applied by the results service, beside a bare COPY and set-based merge.
use anyhow::Result;
use serde::Deserialize;

use super::{
    measure::{Better, Measured},
    rig::Rig,
};

/// Seconds `DefectDojo` 3.2.0 took on like hardware for 10,000 findings of a nuclei report: first
/// import, the same report re-imported, and one with 10 % new, 10 % gone and 10 % changed
/// (measured once for the project's issue 5; it can't be run beside us here).
const DEFECTDOJO_10K_S: [f64; 3] = [107.0, 23.8, 115.0];

/// Ours and the peer's.
#[derive(Clone, Copy, Deserialize)]
struct Pair {
    ours: f64,
    peer: f64,
}

#[derive(Clone, Copy, Deserialize)]
struct Steps {
    first: Pair,
    same: Pair,
    delta: Pair,
}

/// What `wt-results-bench` prints.
#[derive(Deserialize)]
struct Rates {
    exposures_per_s: Pair,
    steps_10k: Steps,
    steps_100k: Steps,
    cells_per_s: Pair,
}

pub(super) fn measure(rig: &Rig) -> Result<Vec<Measured>> {
    let said = crate::workspace::output(
        rig.workspace
            .command(rig.workspace.target("release").join("wt-results-bench"))
            .args(["--superuser-url", &rig.peers.database_url])
            .args(["--service-url", &rig.peers.database_url_as("wt_results")]),
    )?;
    let rates: Rates = serde_json::from_str(&said)?;
    let (small, large) = (rates.steps_10k, rates.steps_100k);
    let [first, same, delta] = DEFECTDOJO_10K_S;
    let higher = |name, unit, pair: Pair| {
        Measured::new(
            name,
            unit,
            Better::Higher,
            &mut [pair.ours],
            &mut [pair.peer],
        )
    };
    let lower = |name, ours: f64, peer: f64| {
        Measured::new(name, "s", Better::Lower, &mut [ours], &mut [peer])
    };
    Ok(vec![
        higher(
            "results.ingest_vs_sql",
            "exposures/s",
            rates.exposures_per_s,
        ),
        lower("ingest.10k.first_s", small.first.ours, first),
        lower("ingest.10k.same_s", small.same.ours, same),
        lower("ingest.10k.delta_s", small.delta.ours, delta),
        // The bare SQL: nobody else was measured at this size.
        lower("ingest.100k.first_s", large.first.ours, large.first.peer),
        lower("ingest.100k.same_s", large.same.ours, large.same.peer),
        lower("ingest.100k.delta_s", large.delta.ours, large.delta.peer),
        higher("diff.cells_per_s", "cells/s", rates.cells_per_s),
    ])
}
