//! `results.exposures`: what a result loads and writes.
use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::types::Json;
use time::OffsetDateTime;
use wt_diff::{Change, Observed};
use wt_exposure::{CheckRef, ExposureKey, Fingerprint, InconclusiveReason, Subject, Transport};
use wt_model::AssetId;
use wt_pg::{PgFault, TenantTx};
use wt_risk::Score;

use super::{number, stored};
use crate::{domain::risk::Risks, error::ResultsFault};

struct Raw {
    key: String,
    asset_id: String,
    host: String,
    transport: String,
    port: i32,
    check_id: String,
    check_digest: String,
    discriminator: String,
    state: String,
    severity: String,
    title: String,
    attributes: Option<Value>,
    fingerprint: Vec<u8>,
    opened_strength: i16,
    seq: i64,
    gone_seq: Option<i64>,
    unresponsive_reason: Option<String>,
}

/// Reads a transport as stored.
pub(crate) fn transport(text: &str) -> Result<Transport, ResultsFault> {
    serde_json::from_value(Value::String(text.to_owned()))
        .map_err(|error| ResultsFault::inconsistent("results.exposures.transport", error))
}

/// Reads an attribute map as stored.
pub(crate) fn attributes(value: Value) -> Result<BTreeMap<String, String>, ResultsFault> {
    serde_json::from_value(value)
        .map_err(|error| ResultsFault::inconsistent("results.exposures.attributes", error))
}

fn reason(word: &str) -> Result<InconclusiveReason, ResultsFault> {
    serde_json::from_value(Value::String(word.to_owned()))
        .map_err(|error| ResultsFault::inconsistent("results.exposures.unresponsive_reason", error))
}

impl TryFrom<Raw> for Observed {
    type Error = ResultsFault;

    fn try_from(raw: Raw) -> Result<Self, ResultsFault> {
        Ok(Self {
            key: stored("results.exposures.key", &raw.key)?,
            subject: Subject {
                asset_id: stored("results.exposures.asset_id", &raw.asset_id)?,
                host: raw.host,
                transport: transport(&raw.transport)?,
                port: number("results.exposures.port", raw.port)?,
            },
            check: CheckRef {
                id: raw.check_id,
                digest: raw.check_digest,
            },
            discriminator: raw.discriminator,
            state: stored("results.exposures.state", &raw.state)?,
            severity: stored("results.exposures.severity", &raw.severity)?,
            title: raw.title,
            attributes: raw.attributes.map_or(Ok(BTreeMap::new()), attributes)?,
            fingerprint: Fingerprint::try_from(raw.fingerprint.as_slice()).map_err(|error| {
                ResultsFault::inconsistent("results.exposures.fingerprint", error)
            })?,
            opened_strength: number("results.exposures.opened_strength", raw.opened_strength)?,
            seq: raw.seq,
            unresponsive_reason: raw.unresponsive_reason.as_deref().map(reason).transpose()?,
            gone_seq: raw.gone_seq,
        })
    }
}

/// Exposures by their keys.
pub(crate) async fn list_by_keys(
    tx: &mut TenantTx,
    keys: &[String],
) -> Result<BTreeMap<ExposureKey, Observed>, ResultsFault> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tenant = tx.tenant_key().to_string();
    sqlx::query_as!(
        Raw,
        r#"select e.key, e.asset_id, e.host, e.transport, e.port, e.check_id, e.check_digest,
                  e.discriminator, e.state, e.severity, e.title, e.attributes as "attributes?",
                  e.fingerprint, e.opened_strength, e.seq, e.gone_seq, e.unresponsive_reason
           from unnest($2::text[]) as n (key)
           join results.exposures e on e.tenant_key = $1 and e.key = n.key"#,
        tenant,
        keys,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|raw| Observed::try_from(raw).map(|observed| (observed.key.clone(), observed)))
    .collect()
}

/// Every exposure of one asset, locked, for a withdrawal.
pub(crate) async fn lock_by_asset(
    tx: &mut TenantTx,
    asset: AssetId,
) -> Result<Vec<Observed>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query_as!(
        Raw,
        r#"select e.key, e.asset_id, e.host, e.transport, e.port, e.check_id, e.check_digest,
                  e.discriminator, e.state, e.severity, e.title, e.attributes as "attributes?",
                  e.fingerprint, e.opened_strength, e.seq, e.gone_seq, e.unresponsive_reason
           from results.exposures e
           where e.tenant_key = $1 and e.asset_id = $2
           order by e.key
           for update"#,
        tenant,
        asset.to_string(),
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Observed::try_from)
    .collect()
}

/// Every exposure of one check, locked, for a withdrawal.
pub(crate) async fn lock_by_check(
    tx: &mut TenantTx,
    check_id: &str,
) -> Result<Vec<Observed>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query_as!(
        Raw,
        r#"select e.key, e.asset_id, e.host, e.transport, e.port, e.check_id, e.check_digest,
                  e.discriminator, e.state, e.severity, e.title, e.attributes as "attributes?",
                  e.fingerprint, e.opened_strength, e.seq, e.gone_seq, e.unresponsive_reason
           from results.exposures e
           where e.tenant_key = $1 and e.check_id = $2
           order by e.key
           for update"#,
        tenant,
        check_id,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Observed::try_from)
    .collect()
}

/// Every exposure of the organization, without its attributes.
pub(crate) async fn list_all(tx: &mut TenantTx) -> Result<Vec<Observed>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query_as!(
        Raw,
        r#"select e.key, e.asset_id, e.host, e.transport, e.port, e.check_id, e.check_digest,
                  e.discriminator, e.state, e.severity, e.title, null::jsonb as "attributes?",
                  e.fingerprint, e.opened_strength, e.seq, e.gone_seq, e.unresponsive_reason
           from results.exposures e
           where e.tenant_key = $1"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Observed::try_from)
    .collect()
}

/// Columns of many exposures, side by side, as one statement takes them. Borrowed, and attributes
/// written as they are sent: a result may have 100,000 of them.
#[derive(Default)]
struct Columns<'a> {
    key: Vec<&'a str>,
    asset_id: Vec<String>,
    host: Vec<&'a str>,
    transport: Vec<&'a str>,
    port: Vec<i32>,
    check_id: Vec<&'a str>,
    check_digest: Vec<&'a str>,
    discriminator: Vec<&'a str>,
    state: Vec<&'a str>,
    severity: Vec<&'a str>,
    severity_rank: Vec<i16>,
    title: Vec<&'a str>,
    attributes: Vec<Json<&'a BTreeMap<String, String>>>,
    fingerprint: Vec<&'a [u8]>,
    opened_strength: Vec<i16>,
    seq: Vec<i64>,
    gone_seq: Vec<Option<i64>>,
    unresponsive_reason: Vec<Option<&'a str>>,
    last_seen: Vec<OffsetDateTime>,
    /// None where it stays.
    score: Vec<Option<i16>>,
    kev: Vec<Option<bool>>,
}

impl<'a> Columns<'a> {
    fn push(
        &mut self,
        observed: &'a Observed,
        last_seen: OffsetDateTime,
        scored: Option<(Score, bool)>,
    ) {
        self.key.push(observed.key.as_str());
        self.asset_id.push(observed.subject.asset_id.to_string());
        self.host.push(&observed.subject.host);
        self.transport.push(observed.subject.transport.as_str());
        self.port.push(i32::from(observed.subject.port));
        self.check_id.push(&observed.check.id);
        self.check_digest.push(&observed.check.digest);
        self.discriminator.push(&observed.discriminator);
        self.state.push(observed.state.as_str());
        self.severity.push(observed.severity.as_str());
        self.severity_rank.push(observed.severity.rank());
        self.title.push(&observed.title);
        self.attributes.push(Json(&observed.attributes));
        self.fingerprint.push(observed.fingerprint.as_bytes());
        self.opened_strength
            .push(i16::from(observed.opened_strength));
        self.seq.push(observed.seq);
        self.gone_seq.push(observed.gone_seq);
        self.unresponsive_reason
            .push(observed.unresponsive_reason.map(InconclusiveReason::as_str));
        self.last_seen.push(last_seen);
        self.score
            .push(scored.map(|(score, _)| i16::from(score.value())));
        self.kev.push(scored.map(|(_, kev)| kev));
    }
}

/// Inserts what is new, in one statement; none of them may exist.
pub(crate) async fn insert_new(
    tx: &mut TenantTx,
    changes: &[&Change],
    run_id: &str,
    at: OffsetDateTime,
    risks: &Risks,
) -> Result<(), PgFault> {
    if changes.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let mut rows = Columns::default();
    for change in changes {
        let scored = Some(risks.score(&change.next));
        rows.push(&change.next, at, scored);
    }
    sqlx::query!(
        r#"insert into results.exposures
               (tenant_key, key, asset_id, host, transport, port, check_id, check_digest,
                discriminator, state, severity, severity_rank, title, attributes, fingerprint,
                opened_strength, seq, first_seen, last_seen, last_run_id, score, kev)
           select $1, n.key, n.asset_id, n.host, n.transport, n.port, n.check_id, n.check_digest,
                  n.discriminator, n.state, n.severity, n.severity_rank, n.title, n.attributes,
                  n.fingerprint, n.opened_strength, n.seq, $2, n.last_seen, $3, n.score, n.kev
           from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::text[],
                       $10::text[], $11::text[], $12::text[], $13::text[], $14::smallint[],
                       $15::text[], $16::jsonb[], $17::bytea[], $18::smallint[], $19::bigint[],
                       $20::timestamptz[], $21::smallint[], $22::boolean[])
                as n (key, asset_id, host, transport, port, check_id, check_digest,
                      discriminator, state, severity, severity_rank, title, attributes,
                      fingerprint, opened_strength, seq, last_seen, score, kev)"#,
        tenant,
        at,
        run_id,
        &rows.key as &[&str],
        &rows.asset_id,
        &rows.host as &[&str],
        &rows.transport as &[&str],
        &rows.port,
        &rows.check_id as &[&str],
        &rows.check_digest as &[&str],
        &rows.discriminator as &[&str],
        &rows.state as &[&str],
        &rows.severity as &[&str],
        &rows.severity_rank,
        &rows.title as &[&str],
        &rows.attributes as &[Json<&BTreeMap<String, String>>],
        &rows.fingerprint as &[&[u8]],
        &rows.opened_strength,
        &rows.seq,
        &rows.last_seen,
        &rows.score as &[Option<i16>],
        &rows.kev as &[Option<bool>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes what was observed of exposures that exist, in one statement. What users decided and
/// when it was first seen stay as they are; `attributes` stay where the fingerprint did.
/// `last_seen` gives, for each, a time it is known to have been seen at. Scores follow where
/// `risks` tells of their check.
pub(crate) async fn update_observed(
    tx: &mut TenantTx,
    changes: &[(&Change, OffsetDateTime)],
    run_id: Option<&str>,
    risks: &Risks,
) -> Result<u64, PgFault> {
    if changes.is_empty() {
        return Ok(0);
    }
    let tenant = tx.tenant_key().to_string();
    let mut rows = Columns::default();
    for (change, seen_at) in changes {
        let scored = risks.score_if_told(&change.next);
        rows.push(&change.next, *seen_at, scored);
    }
    let done = sqlx::query!(
        r#"update results.exposures e
           set state = n.state, severity = n.severity, severity_rank = n.severity_rank,
               title = n.title, check_digest = n.check_digest,
               attributes = case when e.fingerprint = n.fingerprint then e.attributes
                                 else n.attributes end,
               fingerprint = n.fingerprint, opened_strength = n.opened_strength, seq = n.seq,
               gone_seq = n.gone_seq, unresponsive_reason = n.unresponsive_reason,
               last_seen = greatest(
                   e.last_seen,
                   n.last_seen,
                   case when e.state = 'open' and e.gone_seq is null then (
                       select l.at from results.looks l
                       where l.tenant_key = e.tenant_key and l.asset_id = e.asset_id
                         and l.host = e.host
                   ) end
               ),
               last_run_id = coalesce($2, e.last_run_id),
               score = coalesce(n.score, e.score), kev = coalesce(n.kev, e.kev),
               -- What comes back has all its time again.
               clock_from = case when e.state not in ('open', 'unresponsive') and n.state = 'open'
                                 then n.last_seen else e.clock_from end,
               stood_before_s = case when e.state not in ('open', 'unresponsive')
                                      and n.state = 'open'
                                     then e.stood_s else e.stood_before_s end
           from unnest($3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
                       $9::jsonb[], $10::bytea[], $11::smallint[], $12::bigint[], $13::bigint[],
                       $14::text[], $15::timestamptz[], $16::smallint[], $17::boolean[])
                as n (key, state, severity, severity_rank, title, check_digest, attributes,
                      fingerprint, opened_strength, seq, gone_seq, unresponsive_reason, last_seen,
                      score, kev)
           where e.tenant_key = $1 and e.key = n.key"#,
        tenant,
        run_id,
        &rows.key as &[&str],
        &rows.state as &[&str],
        &rows.severity as &[&str],
        &rows.severity_rank,
        &rows.title as &[&str],
        &rows.check_digest as &[&str],
        &rows.attributes as &[Json<&BTreeMap<String, String>>],
        &rows.fingerprint as &[&[u8]],
        &rows.opened_strength,
        &rows.seq,
        &rows.gone_seq as &[Option<i64>],
        &rows.unresponsive_reason as &[Option<&str>],
        &rows.last_seen,
        &rows.score as &[Option<i16>],
        &rows.kev as &[Option<bool>],
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
