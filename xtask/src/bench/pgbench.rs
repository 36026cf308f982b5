//! pgbench, the peer of everything that reads Postgres.
use std::path::Path;

use anyhow::{Context, Result};
use wt_testkit::fleet::postgres_binaries;

use super::{measure::take, rig::Rig};

/// What one run of pgbench found.
pub(super) struct Found {
    /// Transactions a second.
    pub(super) rate: f64,
    /// Mean time of a transaction in milliseconds.
    pub(super) latency_ms: f64,
}

/// Runs `script` for `seconds` with `clients` at once.
pub(super) fn pgbench(
    rig: &Rig,
    url: String,
    script: &Path,
    clients: usize,
    seconds: u64,
) -> Result<Found> {
    let took = take(
        rig.workspace
            .command(postgres_binaries()?.join("pgbench"))
            .args(["--no-vacuum", "--protocol=prepared"])
            .args([
                format!("--client={clients}"),
                format!("--jobs={}", clients.min(2)),
            ])
            .arg(format!("--time={seconds}"))
            .arg(format!("--file={}", script.display()))
            .arg(url),
    )?;
    let figure = |before: &str| {
        took.said
            .lines()
            .find_map(|line| line.strip_prefix(before))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse().ok())
            .with_context(|| format!("pgbench gives no `{before}`: {}", took.said))
    };
    Ok(Found {
        rate: figure("tps = ")?,
        latency_ms: figure("latency average = ")?,
    })
}
