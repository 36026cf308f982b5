//! A page of exposures under row-level security, beside pgbench running the same query.
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;
use wt_testkit::fleet::postgres_binaries;

use super::{
    measure::{Better, Measured, take},
    rig::Rig,
};

/// Rounds in turns.
const ROUNDS: usize = 3;
/// How long each round of each side takes, in seconds.
const ROUND_S: u64 = 4;
/// Callers at once, on both sides.
const CALLERS: usize = 8;
/// Exposures of the organization, and of each of the others that row-level security must hide.
const ROWS: usize = 2_000;
/// Rows of a page.
const PAGE: usize = 50;

pub(super) async fn measure(rig: &Rig, folder: &Path) -> Result<Vec<Measured>> {
    seed(rig)?;
    let script = folder.join("list.sql");
    // What the results service asks, in the round trips it needs at least: the tenant is set and
    // the page read inside one transaction.
    fs::write(
        &script,
        format!(
            "begin;\nselect set_config('app.tenant_key', '{}', true);\n\
             select e.key, e.state, e.severity, e.severity_rank, e.title, e.check_id, e.asset_id,\n  \
             e.host, e.transport, e.port, e.discriminator, e.first_seen, e.last_seen,\n  \
             e.last_run_id, e.decision, e.decision_until, e.assignee, e.unresponsive_reason\n\
             from results.exposures e where e.tenant_key = '{}'\n\
             order by e.severity_rank desc, e.first_seen desc, e.key desc limit {};\ncommit;\n",
            rig.tenant_key,
            rig.tenant_key,
            PAGE + 1
        ),
    )?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(gateway(rig).await?);
        peer.push(pgbench(rig, &script)?);
    }
    Ok(vec![Measured::new(
        "gateway.list_vs_pgbench",
        "pages/s",
        Better::Higher,
        &mut ours,
        &mut peer,
    )])
}

/// Writes exposures of this organization and of two strangers.
fn seed(rig: &Rig) -> Result<()> {
    for tenant in [&rig.tenant_key, "org_bench_other_1", "org_bench_other_2"] {
        rig.sql(&format!(
            "insert into results.exposures (tenant_key, key, asset_id, host, transport, port, \
             check_id, check_digest, discriminator, state, severity, severity_rank, title, \
             attributes, fingerprint, opened_strength, seq, first_seen, last_seen, last_run_id) \
             select '{tenant}', 'exp1_' || left(md5(i::text) || md5(i::text), 26), \
             'ast_01ARZ3NDEKTSV4RRFFQ69G5FAV', '127.0.' || i % 250 || '.1', 'tcp', 1 + i % 65535, \
             'http.header.csp_missing', 'digest', '', 'open', \
             (array['info','low','medium','high','critical'])[1 + i % 5], i % 5, \
             'No content security policy', '{{}}', '\\x00', 2, 1, \
             now() - i * interval '1 minute', now(), 'run_01ARZ3NDEKTSV4RRFFQ69G5FAV' \
             from generate_series(1, {ROWS}) i on conflict do nothing"
        ))?;
    }
    rig.sql("analyze results.exposures")?;
    Ok(())
}

/// Pages a second through the public API.
async fn gateway(rig: &Rig) -> Result<f64> {
    let pages = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let deadline = started + Duration::from_secs(ROUND_S);
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let request = rig
            .client
            .get(format!("{}/exposures?limit={PAGE}", rig.api))
            .bearer_auth(&rig.token);
        let pages = Arc::clone(&pages);
        callers.spawn(async move {
            while Instant::now() < deadline {
                let request = request.try_clone().context("a request with a stream")?;
                let answer = request.send().await?.error_for_status()?;
                let body = answer.bytes().await?;
                ensure!(body.len() > PAGE * 100, "a page is missing");
                pages.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    #[expect(clippy::cast_precision_loss, reason = "thousands of pages")]
    let pages = pages.load(Ordering::Relaxed) as f64;
    Ok(pages / started.elapsed().as_secs_f64())
}

/// Transactions a second of pgbench, as the service's own role.
fn pgbench(rig: &Rig, script: &Path) -> Result<f64> {
    let took = take(
        rig.workspace
            .command(postgres_binaries()?.join("pgbench"))
            .args(["--no-vacuum", "--protocol=prepared"])
            .args([format!("--client={CALLERS}"), "--jobs=2".to_owned()])
            .arg(format!("--time={ROUND_S}"))
            .arg(format!("--file={}", script.display()))
            .arg(rig.peers.database_url_as("wt_results")),
    )?;
    took.said
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("pgbench gives no figure: {}", took.said))
}
