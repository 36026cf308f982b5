//! A page of exposures under row-level security, beside pgbench running the same query.
use std::{fs, path::Path};

use anyhow::Result;

use super::{
    caller,
    measure::{Better, Measured},
    pgbench::pgbench,
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

pub(super) fn measure(rig: &Rig, folder: &Path) -> Result<Vec<Measured>> {
    seed(rig)?;
    let script = folder.join("list.sql");
    // What the results service asks, in the round trips it needs at least: the tenant is set and
    // the page read inside one transaction.
    let (tenant, rows) = (&rig.tenant_key, PAGE + 1);
    fs::write(
        &script,
        format!(
            "begin;\nselect set_config('app.tenant_key', '{tenant}', true);\n\
             select e.key, e.state, e.severity, e.severity_rank, e.title, e.check_id, e.asset_id,\n  \
             e.host, e.transport, e.port, e.discriminator, e.first_seen, e.last_seen,\n  \
             e.last_run_id, e.decision, e.decision_until, e.assignee, e.unresponsive_reason,\n  \
             e.score, e.kev, e.tags, e.clock_from, e.stood_s - e.stood_before_s, e.paused_at,\n  \
             (select s.terms from results.sla_terms s where s.tenant_key = '{tenant}'),\n  \
             l.run_id, l.at\n\
             from results.exposures e left join results.looks l\n  \
             on l.tenant_key = e.tenant_key and l.asset_id = e.asset_id and l.host = e.host\n  \
             and e.state = 'open' and e.gone_seq is null\n\
             where e.tenant_key = '{tenant}'\n\
             order by e.severity_rank desc, e.first_seen desc, e.key desc limit {rows};\n\
             commit;\n"
        ),
    )?;
    let path = format!("/api/v1/exposures?limit={PAGE}");
    let request = caller::get(rig.address, &path, &rig.token);
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(caller::rate(
            rig.address,
            CALLERS,
            ROUND_S,
            PAGE * 100,
            |_, _| request.clone(),
        )?);
        let url = rig.peers.database_url_as("wt_results");
        peer.push(pgbench(rig, url, &script, CALLERS, ROUND_S)?.rate);
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
