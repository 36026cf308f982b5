//! A million exposures of one organization among a thousand: the first page of any filter and the
//! first screen, beside what is promised of them.
use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use super::{
    caller::{self, Caller},
    measure::{Better, Measured},
    rig::Rig,
};

/// Exposures of the organization.
const ROWS: usize = 1_000_000;
/// Other organizations, with a hundred each.
const OTHERS: usize = 999;
/// People who ask at once, each as soon as they were answered.
const CALLERS: usize = 20;
/// How long they ask.
const ASKED: Duration = Duration::from_secs(20);
/// Times the first screen is asked for, one after the other.
const BOARDS: usize = 9;
/// What is promised: 95 of 100 first pages within these milliseconds, the first screen within
/// those, and a page of at most so many bytes.
const PAGE_MS: f64 = 200.0;
const BOARD_MS: f64 = 300.0;
const PAGE_KB: f64 = 60.0;

/// What people narrow the list to, percent-encoded: what much fits, little, and nothing.
const EXPOSURES: [&str; 38] = [
    "",
    "severity%3E%3Dhigh",
    "severity:info",
    "state:open",
    "state:fixed",
    "state:stale_check",
    "severity%3E%3Dhigh%20state:open,unresponsive",
    "asset:*.zone7.example.com",
    "asset:host777.zone17.example.com",
    "asset:*.nowhere.example.com",
    "check:http.thing_17",
    "check:tls.*",
    "port:9200",
    "port:11211",
    "decision:accept_risk",
    "decision:none",
    "assignee:sam3%40example.com",
    "tag:tag3",
    "tag:nobody",
    "kev:true",
    "cve:CVE-2024-1050",
    "score%3E%3D90",
    "sla:breached",
    "sla:within",
    "since:1h",
    "since:7d",
    "state:new%20since:7d",
    "panel",
    "host777",
    "thing",
    "version-4242",
    "nobody-has-this",
    "severity:critical%20state:fixed",
    "kev:true%20severity%3E%3Dhigh",
    "check:http.thing_17%20severity:critical",
    "port:22%20state:unresponsive",
    "sla:breached%20kev:true",
    "score%3E%3D90%20panel",
];

/// What is written, and read by the lists and the first screen.
const TABLES: [&str; 10] = [
    "exposures",
    "events",
    "exposure_texts",
    "exposure_names",
    "exposure_name_pages",
    "exposure_names_unpaged",
    "exposure_tags",
    "exposure_tallies",
    "clock_tallies",
    "event_tallies",
];

/// The same of the changes, most of which are that something was found.
const CHANGES: [&str; 12] = [
    "",
    "state:fixed",
    "state:changed,reopened",
    "severity%3E%3Dhigh",
    "asset:host777.zone17.example.com",
    "asset:*.nowhere.example.com",
    "check:http.thing_17",
    "check:tls.*",
    "since:1h",
    "panel",
    "host777",
    "nobody-has-this",
];

pub(super) async fn measure(rig: &mut Rig) -> Result<Vec<Measured>> {
    seed(rig)?;
    rig.sign_in().await?;
    let bytes = slowest_first(rig)?;
    let mut waited = ask(rig)?;
    waited.sort_by(f64::total_cmp);
    let p95 = waited
        .get(waited.len() * 95 / 100)
        .copied()
        .context("nobody was answered")?;
    let board = caller::get(rig.address, "/api/v1/dashboard", &rig.token);
    let mut line = Caller::dial(rig.address)?;
    let mut boards = (0..BOARDS)
        .map(|_| timed(&mut line, &board).map(|(ms, _)| ms))
        .collect::<Result<Vec<f64>>>()?;
    let lower = Better::Lower;
    Ok(vec![
        Measured::new(
            "list.1m_filter_p95_ms",
            "ms",
            lower,
            &mut [p95],
            &mut [PAGE_MS],
        ),
        Measured::new(
            "list.1m_page_kb",
            "kB",
            lower,
            &mut [bytes / 1_000.0],
            &mut [PAGE_KB],
        ),
        Measured::new("dashboard.1m_ms", "ms", lower, &mut boards, &mut [BOARD_MS]),
    ])
}

/// Asks each filter alone, twice, and says what the second took; gives the bytes of the largest page.
fn slowest_first(rig: &Rig) -> Result<f64> {
    let mut line = Caller::dial(rig.address)?;
    let (mut alone, mut largest) = (Vec::new(), 0);
    for (path, request) in pages(rig) {
        timed(&mut line, &request)?;
        let (ms, bytes) = timed(&mut line, &request)?;
        largest = largest.max(bytes);
        alone.push((ms, path));
    }
    alone.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (ms, path) in &alone {
        println!("alone: {ms:.1} ms for {path}");
    }
    #[expect(clippy::cast_precision_loss, reason = "some ten thousands")]
    Ok(largest as f64)
}

/// The first page of every filter of both lists: its path, and the request for it.
fn pages(rig: &Rig) -> Vec<(String, Vec<u8>)> {
    let of = |list: &str, filter: &&str| {
        let path = format!("/api/v1/{list}?limit=50&filter={filter}");
        let request = caller::get(rig.address, &path, &rig.token);
        (path, request)
    };
    let exposures = EXPOSURES.iter().map(|filter| of("exposures", filter));
    let changes = CHANGES.iter().map(|filter| of("changes", filter));
    exposures.chain(changes).collect()
}

/// Everybody asks every filter, each beginning with another one; gives the milliseconds they waited.
fn ask(rig: &Rig) -> Result<Vec<f64>> {
    let requests = &pages(rig);
    let deadline = Instant::now() + ASKED;
    let waited = thread::scope(|scope| {
        let running: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let mut line = Caller::dial(rig.address)?;
                    let mut waited = Vec::new();
                    for (_, request) in requests.iter().cycle().skip(caller) {
                        if Instant::now() >= deadline {
                            break;
                        }
                        waited.push(timed(&mut line, request)?.0);
                    }
                    Ok(waited)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|caller| caller.join().unwrap_or_else(|_| bail!("a caller panicked")))
            .collect::<Result<Vec<Vec<f64>>>>()
    })?;
    Ok(waited.into_iter().flatten().collect())
}

fn timed(line: &mut Caller, request: &[u8]) -> Result<(f64, usize)> {
    let asked = Instant::now();
    let (status, bytes) = line.call(request)?;
    ensure!(status == 200, "an answer of {status}");
    Ok((asked.elapsed().as_secs_f64() * 1_000.0, bytes))
}

/// Writes the exposures, their first events, by chance that is the same each
/// time: 20,000 hosts, 200 checks, two years.
fn seed(rig: &Rig) -> Result<()> {
    let tenant = &rig.tenant_key;
    // A number of its own for each row and column.
    let of = |column: u32, range: u32| {
        format!("((hashint8extended(i, {column}) & 1073741823) % {range})")
    };
    let (host, check, state, rank) = (of(1, 20_000), of(2, 200), of(3, 100), of(4, 16));
    let (port, marked, score) = (of(5, 8), of(6, 400), of(7, 12));
    println!("writing {ROWS} exposures");
    rig.sql(&format!(
        "insert into results.checks (tenant_key, check_id, digest, title, severity, description, \
         remediation, reference_urls, cwe, cve) \
         select '{tenant}', 'http.thing_' || c, 'd', 'Panel of product ' || md5(c::text) || ' is open', \
         'low', '', '', '{{}}', '{{}}', case when c % 50 = 0 then array['CVE-2024-' || (1000 + c)] \
         else '{{}}' end from generate_series(0, 199) c on conflict do nothing; \
         insert into results.exposures (tenant_key, key, asset_id, host, transport, port, check_id, \
         check_digest, discriminator, state, severity, severity_rank, title, attributes, fingerprint, \
         opened_strength, seq, first_seen, last_seen, last_run_id, decision, assignee, score, kev, tags) \
         select '{tenant}', 'exp1_' || left(md5('big' || i) || md5(i::text), 26), \
         'ast_01ARZ3NDEKTSV4RRFFQ6' || lpad((h / 10)::text, 6, '0'), \
         'host' || h || '.zone' || h % 40 || '.example.com', 'tcp', \
         (array[80, 443, 443, 443, 80, 22, 3306, 9200])[1 + p], 'http.thing_' || c, 'd', '/p' || i, \
         case when r < 70 then 'open' when r < 92 then 'fixed' when r < 97 then 'unresponsive' \
         when r < 99 then 'retired' else 'stale_check' end, \
         (array['info', 'low', 'medium', 'high', 'critical'])[1 + s], s, \
         'Panel of product ' || md5(c::text) || ' is open', jsonb_build_object('product', 'thing', 'version', 'version-' || i % 5000), \
         decode(md5(i::text), 'hex'), 2, 1, now() - i * interval '1 minute', \
         now() - i % 100000 * interval '1 second', \
         'run_01ARZ3NDEKTSV4RRFFQ' || lpad((i / 10000)::text, 7, '0'), \
         case when m < 10 then 'accept_risk' when m = 10 then 'false_positive' end, \
         case when m between 20 and 23 then 'sam' || m - 20 || '@example.com' end, \
         least(100, s * 22 + q), m = 30, \
         case when m between 40 and 47 then array['tag' || m - 40] else '{{}}' end \
         from (select i, {host} h, {check} c, {state} r, {port} p, {marked} m, {score} q, \
               (array[0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4])[1 + {rank}] s \
               from generate_series(1, {ROWS}::bigint) i) n; \
         insert into results.exposures (tenant_key, key, asset_id, host, transport, port, check_id, \
         check_digest, discriminator, state, severity, severity_rank, title, attributes, fingerprint, \
         opened_strength, seq, first_seen, last_seen, last_run_id) \
         select 'org_01ARZ3NDEKTSV4RRFF' || lpad(o::text, 8, '0'), \
         'exp1_' || left(md5('o' || i) || md5(i::text), 26), 'ast_01ARZ3NDEKTSV4RRFFQ69G5FAV', \
         'host' || i || '.example.org', 'tcp', 443, 'http.thing_' || i, 'd', '', 'open', 'low', 1, \
         'Something', '{{}}', '\\x00', 2, 1, now(), now(), 'run_01ARZ3NDEKTSV4RRFFQ69G5FAV' \
         from generate_series(1, {OTHERS}) o, generate_series(1, 100) i; \
         insert into results.events (tenant_key, id, key, type, run_id, at, title, severity, \
         severity_rank, asset_id, host, transport, port, check_id, check_digest, discriminator, \
         changed, strength, leaf_index) \
         select tenant_key, case type when 'NEW' then 'evt_' else 'evf_' end || substr(key, 6), key, type, \
         last_run_id, at, title, severity, severity_rank, asset_id, host, transport, port, check_id, 'd', \
         '', '[]', 2, row_number() over (partition by tenant_key order by at) \
         from results.exposures, lateral (select 'NEW' as type, first_seen as at \
         union all select 'FIXED', first_seen + (now() - first_seen) / 2 where state = 'fixed') v; \
         insert into results.exposure_texts select tenant_key, key, \
         array_to_tsvector(results.marked_words(tenant_key, results.said(attributes))) \
         from results.exposures on conflict do nothing"
    ))?;
    // As the service's timer does every few minutes.
    rig.sql("select results.fold_tallies() + results.fold_event_tallies()")?;
    while rig.sql("select results.page_names(5000)")?.trim() != "0" {}
    // As the database does by itself within minutes.
    for table in TABLES {
        rig.sql(&format!("vacuum analyze results.{table}"))?;
    }
    Ok(())
}
