//! The peer: the same rows by a bare COPY and one set-based merge: exposures, events with their
//! evidence, leaves of the ledger and news in the outbox, each with ready-made contents.
use std::{fmt::Write, time::Instant};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use wt_exposure::{ExposureKey, Fingerprint, Observation};
use wt_lifecycle::StartError;
use wt_model::TenantKey;

use super::report::{CHECKS, Mix, PORT_FIRST, observation, report};

/// The peer's tables, filled with what a run saw.
pub(super) struct BareSql<'a> {
    conn: &'a mut PgConnection,
    tenant: TenantKey,
    hosts: u16,
    mix: Mix,
}

impl<'a> BareSql<'a> {
    /// Empty tables.
    pub(super) async fn new(
        conn: &'a mut PgConnection,
        tenant: TenantKey,
        hosts: u16,
        mix: Mix,
    ) -> Result<Self, StartError> {
        conn.execute(
            "drop schema if exists bench cascade;
             create schema bench;
             create table bench.exposures (like results.exposures including all);
             create table bench.events (like results.events including all);
             create table bench.evidence (like results.evidence including all);
             create table bench.leaves (like results.leaves including all);
             create table bench.outbox (like results.outbox including all);
             create unlogged table bench.staged (
                 key text, asset_id text, host text, port integer, check_id text, title text,
                 attributes jsonb, fingerprint bytea, gone boolean, request bytea, response bytea,
                 response_sha256 text)",
        )
        .await?;
        Ok(Self {
            conn,
            tenant,
            hosts,
            mix,
        })
    }

    /// Seconds of COPY, merge, gone and events of one run, in one transaction.
    pub(super) async fn apply(&mut self, seq: i64, delta: bool) -> Result<f64, StartError> {
        let rows = staged(self.tenant, self.hosts, self.mix, seq, delta)?;
        self.conn.execute("truncate bench.staged; analyze").await?;
        let started = Instant::now();
        let mut tx = self.conn.begin().await?;
        let mut sink = tx.copy_in_raw("copy bench.staged from stdin").await?;
        sink.send(rows.into_bytes()).await?;
        sink.finish().await?;
        tx.execute(AssertSqlSafe(merge(self.tenant, seq))).await?;
        tx.commit().await?;
        Ok(started.elapsed().as_secs_f64())
    }
}

/// What is seen, as COPY takes it; proof of what differs alone, which is what ours writes too.
fn staged(
    tenant: TenantKey,
    hosts: u16,
    mix: Mix,
    seq: i64,
    delta: bool,
) -> Result<String, StartError> {
    let report = report(hosts, mix, delta);
    let mut text = String::new();
    let mut line = |seen: &Observation, gone: bool| -> Result<(), StartError> {
        let key = ExposureKey::derive(tenant, &seen.subject, &seen.check.id, &seen.discriminator);
        let print = hex::encode(Fingerprint::of(&seen.attributes).as_bytes());
        let attributes = serde_json::to_string(&seen.attributes)?;
        write!(
            text,
            "{key}\t{}\t{}\t{}\t{}\t{}\t{attributes}\t\\\\x{print}\t{gone}\t",
            seen.subject.asset_id, seen.subject.host, seen.subject.port, seen.check.id, seen.title,
        )?;
        let slot = seen.subject.port - PORT_FIRST;
        let differs = seq == 1 || delta && !(mix.changed..mix.before).contains(&slot);
        if gone || !differs {
            text.push_str("\\N\t\\N\t\\N\n");
        } else {
            let proof = &seen.evidence;
            let (request, response) = (hex::encode(&proof.request), hex::encode(&proof.response));
            writeln!(
                text,
                "\\\\x{request}\t\\\\x{response}\t{}",
                proof.response_sha256
            )?;
        }
        Ok(())
    };
    for seen in &report.observations {
        line(seen, false)?;
    }
    if delta {
        for host in 0..hosts {
            for number in 0..CHECKS {
                for slot in 0..mix.gone {
                    let host = format!("h{host}.bench.example");
                    line(&observation(&host, number, slot, "1"), true)?;
                }
            }
        }
    }
    Ok(text)
}

/// One statement that merges what is staged and appends what differs: events, what they saw, leaves
/// and news as long as ours.
fn merge(tenant: TenantKey, seq: i64) -> String {
    format!(
        "with delta as (
             select s.*, e.key is null as is_new from bench.staged s
             left join bench.exposures e on e.tenant_key = '{tenant}' and e.key = s.key
             where e.key is null or s.gone or e.fingerprint <> s.fingerprint
         ), written as (
             insert into bench.exposures (tenant_key, key, asset_id, host, transport, port,
                 check_id, check_digest, discriminator, state, severity, severity_rank, title,
                 attributes, fingerprint, opened_strength, seq, first_seen, last_seen, last_run_id)
             select '{tenant}', key, asset_id, host, 'tcp', port, check_id, '0123456789abcdef',
                    '/index.html', case when gone then 'fixed' else 'open' end, 'medium', 2, title,
                    attributes, fingerprint, 2, {seq}, now(), now(), 'run_{seq}'
             from delta
             on conflict (tenant_key, key) do update
             set state = excluded.state, attributes = excluded.attributes,
                 fingerprint = excluded.fingerprint, seq = excluded.seq,
                 last_seen = excluded.last_seen, last_run_id = excluded.last_run_id
         ), proven as (
             insert into bench.evidence (tenant_key, event_id, attributes, address, request,
                 response, response_sha256, matched, elapsed_ms)
             select '{tenant}', key || '{seq}', attributes, '', request, response,
                    response_sha256, '{{}}', 0
             from delta where not gone
         ), signed as (
             insert into bench.leaves (tenant_key, index, hash, kind, ref)
             select '{tenant}', {seq} * 10000000 + row_number() over (), fingerprint, 'event',
                    key || '{seq}'
             from delta
         ), told as (
             insert into bench.outbox (id, tenant_key, subject, envelope)
             select key || '{seq}', '{tenant}', 'exposure.changed', fingerprint || coalesce(request || request, '')
             from delta
         )
         insert into bench.events (tenant_key, id, key, type, run_id, job_id, at, title, severity,
             severity_rank, asset_id, host, transport, port, check_id, check_digest,
             discriminator, changed, strength, leaf_index)
         select '{tenant}', key || '{seq}', key,
                case when gone then 'FIXED' when is_new then 'NEW' else 'CHANGED' end, 'run_{seq}',
                'job_{seq}', now(), title, 'medium', 2, asset_id, host, 'tcp', port, check_id,
                '0123456789abcdef', '/index.html', '[]', 2, 0
         from delta"
    )
}
