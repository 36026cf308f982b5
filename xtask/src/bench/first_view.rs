//! A fresh tab that opens Changes over 100,000 exposures, beside what is promised of it.
use anyhow::{Context, Result, ensure};

use super::{
    measure::{Better, Measured},
    rig::{EMAIL, PASSWORD, Rig},
};
use crate::workspace::output;

/// Tabs opened, each with an empty cache.
const ROUNDS: usize = 9;
/// Exposures of the organization, each with the event that it is new.
const ROWS: usize = 100_000;
/// Milliseconds within which something has to be there to read: what the web app promises.
const PROMISED_MS: f64 = 1_500.0;

pub(super) fn measure(rig: &Rig) -> Result<Vec<Measured>> {
    seed(rig)?;
    let said = output(
        rig.workspace
            .command("node")
            .current_dir(rig.workspace.path("web"))
            .arg("e2e/first-view.mjs")
            .env("WT_BASE_URL", &rig.public_url)
            .env("WT_LOGIN_EMAIL", EMAIL)
            .env("WT_LOGIN_PASSWORD", PASSWORD)
            .env("WT_ROUNDS", ROUNDS.to_string()),
    )?;
    let mut ours = said
        .lines()
        .map(|line| line.trim().parse().with_context(|| line.to_owned()))
        .collect::<Result<Vec<f64>>>()?;
    ensure!(ours.len() == ROUNDS, "{} rounds of {ROUNDS}", ours.len());
    Ok(vec![Measured::new(
        "web.first_view_ms",
        "ms",
        Better::Lower,
        &mut ours,
        &mut [PROMISED_MS],
    )])
}

/// Writes the exposures and their events, spread over a month, a run for every thousand.
fn seed(rig: &Rig) -> Result<()> {
    let tenant = &rig.tenant_key;
    let run = "'run_01ARZ3NDEKTSV4RRFFQ69' || lpad((i / 1000)::text, 5, '0')";
    let key = "'exp1_' || left(md5('view' || i) || md5(i::text), 26)";
    let severity = "(array['info','low','medium','high','critical'])[1 + i % 5], i % 5";
    rig.sql(&format!(
        "insert into results.exposures (tenant_key, key, asset_id, host, transport, port, \
         check_id, check_digest, discriminator, state, severity, severity_rank, title, \
         attributes, fingerprint, opened_strength, seq, first_seen, last_seen, last_run_id) \
         select '{tenant}', {key}, 'ast_01ARZ3NDEKTSV4RRFFQ69G5FAV', \
         'host' || i % 5000 || '.example.com', 'tcp', 1 + i % 65535, 'http.header.csp_missing', \
         'digest', '', 'open', {severity}, 'No content security policy', '{{}}', '\\x00', 2, 1, \
         now() - i * interval '25 seconds', now(), {run} \
         from generate_series(1, {ROWS}) i on conflict do nothing; \
         insert into results.events (tenant_key, id, key, type, run_id, at, title, severity, \
         severity_rank, asset_id, host, transport, port, check_id, check_digest, discriminator, \
         changed, strength, leaf_index) \
         select '{tenant}', 'evt_01ARZ3NDEKTSV4RRFF' || lpad(i::text, 8, '0'), {key}, 'NEW', {run}, \
         now() - i * interval '25 seconds', 'No content security policy', {severity}, \
         'ast_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'host' || i % 5000 || '.example.com', 'tcp', \
         1 + i % 65535, 'http.header.csp_missing', 'digest', '', '[]', 2, i \
         from generate_series(1, {ROWS}) i on conflict do nothing"
    ))?;
    rig.sql("analyze results.exposures; analyze results.events")?;
    Ok(())
}
