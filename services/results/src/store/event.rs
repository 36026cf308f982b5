//! `results.events` and `results.evidence`: appended, never changed.
use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::types::Json;
use time::OffsetDateTime;
use wt_diff::Event;
use wt_exposure::{ExposureKey, FieldChange, Observation};
use wt_pg::{PgFault, TenantTx};

use crate::domain::leaf;

/// An event as it is read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct EventRow {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) r#type: String,
    pub(crate) run_id: Option<String>,
    pub(crate) job_id: Option<String>,
    pub(crate) at: OffsetDateTime,
    pub(crate) title: String,
    pub(crate) severity: String,
    pub(crate) asset_id: String,
    pub(crate) host: String,
    pub(crate) port: i32,
    pub(crate) check_id: String,
    pub(crate) check_digest: String,
    pub(crate) changed: Value,
    pub(crate) reason: Option<String>,
    pub(crate) settled: Option<Value>,
    pub(crate) strength: i16,
}

/// Appends events, in one statement; `first_leaf` is the ledger index of the first.
pub(crate) async fn insert_all(
    tx: &mut TenantTx,
    events: &[Event],
    job_id: Option<&str>,
    at: OffsetDateTime,
    first_leaf: u64,
) -> Result<(), PgFault> {
    if events.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let column = |of: fn(&Event) -> &str| -> Vec<&str> { events.iter().map(of).collect() };
    let ids: Vec<String> = events.iter().map(|e| e.id.to_string()).collect();
    let runs: Vec<Option<String>> = events
        .iter()
        .map(|e| e.run_id.map(|r| r.to_string()))
        .collect();
    let assets: Vec<String> = events
        .iter()
        .map(|e| e.subject.asset_id.to_string())
        .collect();
    let ranks: Vec<i16> = events.iter().map(|e| e.severity.rank()).collect();
    let ports: Vec<i32> = events.iter().map(|e| i32::from(e.subject.port)).collect();
    let changed: Vec<Json<&Vec<FieldChange>>> = events.iter().map(|e| Json(&e.changed)).collect();
    let reasons: Vec<Option<&str>> = events.iter().map(|e| e.reason.as_deref()).collect();
    let settled: Vec<Option<Value>> = events
        .iter()
        .map(|e| e.settled.as_ref().map(leaf::settled))
        .collect();
    let strengths: Vec<i16> = events.iter().map(|e| i16::from(e.strength)).collect();
    sqlx::query!(
        r#"insert into results.events
               (tenant_key, id, key, type, run_id, job_id, at, title, severity, severity_rank,
                asset_id, host, transport, port, check_id, check_digest, discriminator, changed,
                reason, settled, strength, leaf_index)
           select $1, n.id, n.key, n.type, n.run_id, $2, $3, n.title, n.severity, n.severity_rank,
                  n.asset_id, n.host, n.transport, n.port, n.check_id, n.check_digest,
                  n.discriminator, n.changed, n.reason, n.settled, n.strength,
                  $4 + n.ordinality - 1
           from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                       $11::smallint[], $12::text[], $13::text[], $14::text[], $15::integer[],
                       $16::text[], $17::text[], $18::text[], $19::jsonb[], $20::text[],
                       $21::jsonb[], $22::smallint[]) with ordinality
                as n (id, key, type, run_id, title, severity, severity_rank, asset_id, host,
                      transport, port, check_id, check_digest, discriminator, changed, reason,
                      settled, strength)"#,
        tenant,
        job_id,
        at,
        i64::try_from(first_leaf).unwrap_or(i64::MAX),
        &ids,
        &column(|e| e.key.as_str()) as &[&str],
        &column(|e| e.event_type.as_str()) as &[&str],
        &runs as &[Option<String>],
        &column(|e| &e.title) as &[&str],
        &column(|e| e.severity.as_str()) as &[&str],
        &ranks,
        &assets,
        &column(|e| &e.subject.host) as &[&str],
        &column(|e| e.subject.transport.as_str()) as &[&str],
        &ports,
        &column(|e| &e.check.id) as &[&str],
        &column(|e| &e.check.digest) as &[&str],
        &column(|e| &e.discriminator) as &[&str],
        &changed as &[Json<&Vec<FieldChange>>],
        &reasons as &[Option<&str>],
        &settled as &[Option<Value>],
        &strengths,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps what events saw, in one statement.
pub(crate) async fn insert_evidence(
    tx: &mut TenantTx,
    seen: &[(&Event, &Observation)],
) -> Result<(), PgFault> {
    if seen.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let ids: Vec<String> = seen.iter().map(|(event, _)| event.id.to_string()).collect();
    let attributes: Vec<Json<&BTreeMap<String, String>>> =
        seen.iter().map(|(_, o)| Json(&o.attributes)).collect();
    let proof = || seen.iter().map(|(_, observation)| &observation.evidence);
    let addresses: Vec<String> = proof()
        .map(|e| e.address.map(|a| a.to_string()).unwrap_or_default())
        .collect();
    let requests: Vec<&[u8]> = proof().map(|e| e.request.as_slice()).collect();
    let responses: Vec<&[u8]> = proof().map(|e| e.response.as_slice()).collect();
    let digests: Vec<&str> = proof().map(|e| e.response_sha256.as_str()).collect();
    let certificates: Vec<Option<&[u8]>> = proof().map(|e| e.certificate.as_deref()).collect();
    // Arrays of arrays have one shape in Postgres, so the matched strings travel as JSON; the
    // many that have none cost nothing there.
    let matched: Vec<Option<Json<&Vec<String>>>> = proof()
        .map(|e| (!e.matched.is_empty()).then_some(Json(&e.matched)))
        .collect();
    let elapsed: Vec<i64> = proof().map(|e| i64::from(e.elapsed_ms)).collect();
    sqlx::query!(
        r#"insert into results.evidence
               (tenant_key, event_id, attributes, address, request, response, response_sha256,
                certificate, matched, elapsed_ms)
           select $1, n.event_id, n.attributes, n.address, n.request, n.response,
                  n.response_sha256, n.certificate,
                  case when n.matched is null then '{}'
                       else array(select jsonb_array_elements_text(n.matched)) end,
                  n.elapsed_ms
           from unnest($2::text[], $3::jsonb[], $4::text[], $5::bytea[], $6::bytea[], $7::text[],
                       $8::bytea[], $9::jsonb[], $10::bigint[])
                as n (event_id, attributes, address, request, response, response_sha256,
                      certificate, matched, elapsed_ms)"#,
        tenant,
        &ids,
        &attributes as &[Json<&BTreeMap<String, String>>],
        &addresses,
        &requests as &[&[u8]],
        &responses as &[&[u8]],
        &digests as &[&str],
        &certificates as &[Option<&[u8]>],
        &matched as &[Option<Json<&Vec<String>>>],
        &elapsed,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every transition of one exposure, oldest first.
pub(crate) async fn list_by_key(
    tx: &mut TenantTx,
    key: &ExposureKey,
    limit: i64,
) -> Result<Vec<EventRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let mut newest = sqlx::query_as!(
        EventRow,
        r#"select id, key, type as "type!", run_id, job_id, at, title, severity, asset_id, host,
                  port, check_id, check_digest, changed, reason, settled, strength
           from results.events
           where tenant_key = $1 and key = $2
           order by at desc, leaf_index desc
           limit $3"#,
        tenant,
        key.as_str(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    newest.reverse();
    Ok(newest)
}

/// What one run led to, worst first.
pub(crate) async fn list_by_run(
    tx: &mut TenantTx,
    run_id: &str,
    limit: i64,
) -> Result<Vec<EventRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        EventRow,
        r#"select id, key, type as "type!", run_id, job_id, at, title, severity, asset_id, host,
                  port, check_id, check_digest, changed, reason, settled, strength
           from results.events
           where tenant_key = $1 and run_id = $2
           order by severity_rank desc, id
           limit $3"#,
        tenant,
        run_id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// What an event saw.
#[derive(Debug, Clone)]
pub(crate) struct EvidenceRow {
    pub(crate) event_id: String,
    pub(crate) run_id: Option<String>,
    pub(crate) at: OffsetDateTime,
    pub(crate) attributes: Value,
    pub(crate) address: String,
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    pub(crate) response_sha256: String,
    pub(crate) certificate: Option<Vec<u8>>,
    pub(crate) matched: Vec<String>,
    pub(crate) elapsed_ms: i64,
}

/// The evidence behind the events of one exposure, newest first.
pub(crate) async fn list_evidence_by_key(
    tx: &mut TenantTx,
    key: &ExposureKey,
    limit: i64,
) -> Result<Vec<EvidenceRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        EvidenceRow,
        "select p.event_id, e.run_id, e.at, p.attributes, p.address, p.request, p.response,
                p.response_sha256, p.certificate, p.matched, p.elapsed_ms
         from results.events e
         join results.evidence p on p.tenant_key = e.tenant_key and p.event_id = e.id
         where e.tenant_key = $1 and e.key = $2
         order by e.at desc, e.leaf_index desc
         limit $3",
        tenant,
        key.as_str(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}
