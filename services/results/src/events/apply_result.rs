//! Writing what a result led to: one transaction for state, events, ledger and news.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use futures::FutureExt;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_diff::{Applied, Change, RunContext, Seen, apply};
use wt_exposure::{CellRun, ExposureKey, Fingerprint, JobReport, Observation, Settled};
use wt_fault::Fault;
use wt_ledger::leaf_hash;
use wt_model::{AssetId, ExposureState, Principal, RunKind, TenantKey};
use wt_outbox::{News, Speaker};
use wt_pg::{Pool, TenantTx};
use wt_proto::{
    convert::from_timestamp,
    event::{ScanAccepted, ScanApplied},
    scan,
    stream::RESULTS_SCAN_ACCEPTED,
};

use crate::{
    domain::{
        leaf,
        look::{Looks, looks},
        place::places,
        plan::Refusal,
        risk::Risks,
    },
    error::ResultsFault,
    ledger_keys::LedgerKeys,
    store::{self, applied::AppliedRow, coverage::Source, ledger::LeafKind, sighting::Sightings},
};

/// Most refused connections kept with a result; the rest is counted.
const DENIALS_MAX: usize = 1_000;

/// What is to become of a result.
pub(crate) enum Verdict {
    /// It is what its job planned.
    Apply {
        /// The verified job.
        job: Box<scan::Job>,
        /// The result.
        result: Box<scan::JobResult>,
        /// Its rows.
        report: JobReport,
    },
    /// It is refused whole.
    Refuse(Refusal),
}

/// One result and what is to become of it.
pub(crate) struct Settlement {
    pub(crate) ledger_keys: Arc<LedgerKeys>,
    pub(crate) accepted: ScanAccepted,
    /// Inbox key.
    pub(crate) message_id: String,
    pub(crate) verdict: Verdict,
}

/// Applies or refuses a result, once, whatever the number of deliveries; gives how many
/// transitions it led to.
pub(crate) async fn settle(
    pool: &Pool,
    principal: &Principal,
    settlement: Arc<Settlement>,
) -> Result<usize, ResultsFault> {
    pool.run(principal, "apply_result", move |tx| {
        let settlement = Arc::clone(&settlement);
        async move { settlement.in_transaction(tx).await }.boxed()
    })
    .await
}

impl Settlement {
    async fn in_transaction(&self, tx: &mut TenantTx) -> Result<usize, ResultsFault> {
        let accepted = &self.accepted;
        let consumer = RESULTS_SCAN_ACCEPTED.name;
        if !wt_outbox::first_time(tx, consumer, &self.message_id).await? {
            return Ok(0);
        }
        // The tree's lock orders the results of one organization, also two of one job.
        let store::ledger::Turn {
            mut frontier,
            number: turn,
        } = store::ledger::lock(tx).await?;
        if let Some(settled) = store::applied::find_settled(tx, &accepted.job_id).await? {
            // The orchestrator asks again when it was not heard: the answer is said again.
            wt_outbox::enqueue(tx, &settled).await?;
            return Ok(0);
        }
        let row = bare_row(accepted, turn);
        let (job, result, report) = match &self.verdict {
            Verdict::Refuse(refusal) => return refuse(tx, accepted, row, refusal).await,
            Verdict::Apply {
                job,
                result,
                report,
            } => (job, result, report),
        };
        let run = run_context(tx, accepted)?;
        let at = from_timestamp(result.finished_at.as_ref())
            .ok_or_else(|| ResultsFault::field("finished_at", "not a time"))?;
        let source = Source {
            job_id: &accepted.job_id,
            run_id: &accepted.run_id,
            run_seq: run.seq,
            at,
        };
        let reported = report;
        let covered = covered(tx, job, reported).await?;
        let report = covered.as_ref();
        let (applied, looks) = decide(tx, report, &run).await?;
        let applied = Arc::new(applied);
        let telling = tell(tx, &applied, at);
        let risks = store::risk::of_report(tx, &report.checks).await?;
        write_exposures(tx, &applied, &accepted.run_id, at, &risks).await?;
        store::look::upsert_all(tx, &looks.full, &source).await?;
        let touched: Vec<&ExposureKey> = looks.partial.iter().collect();
        store::look::touch(tx, &touched, &accepted.run_id, at).await?;
        store::place::upsert_all(tx, &places(report), &source).await?;
        let (leaves, news) = telling.await?;
        let first = store::ledger::append(tx, &mut frontier, LeafKind::Event, &leaves).await?;
        if !leaves.is_empty() {
            let now = OffsetDateTime::now_utc();
            store::ledger::sign_head(tx, &frontier, &self.ledger_keys, now).await?;
        }
        let job_id = Some(accepted.job_id.as_str());
        store::event::insert_all(tx, &applied.events, job_id, at, first).await?;
        store::event::insert_evidence(tx, &evidence(&applied, report)).await?;
        let changed = store::check::upsert_all(tx, &report.checks).await?;
        if !changed.is_empty() {
            let risks = store::risk::of_checks(tx, Some(&changed)).await?;
            store::risk::rescore(tx, &risks).await?;
        }
        store::coverage::insert_all(tx, &report.cells, &source).await?;
        store::applied::insert(tx, &filled_row(row, job, result, reported, at)).await?;
        wt_outbox::enqueue_all(tx, &news).await?;
        announce(tx, accepted, None, &applied).await?;
        Ok(applied.events.len())
    }
}

/// What the report says of assets that the job's proofs of ownership still cover. A result that was
/// under way when a proof was withdrawn must not reopen what the withdrawal retired.
async fn covered<'a>(
    tx: &mut TenantTx,
    job: &scan::Job,
    report: &'a JobReport,
) -> Result<Cow<'a, JobReport>, ResultsFault> {
    let assets: BTreeSet<AssetId> = report.cells.iter().map(|cell| cell.asset_id).collect();
    let assets: Vec<String> = assets.iter().map(ToString::to_string).collect();
    let gone = store::withdrawal::list_uncovered(tx, &assets, &job.authorization_ids).await?;
    if gone.is_empty() {
        return Ok(Cow::Borrowed(report));
    }
    let gone = gone
        .iter()
        .map(|asset| store::stored("results.withdrawals.ref", asset))
        .collect::<Result<_, _>>()?;
    Ok(Cow::Owned(report.without_assets(&gone)))
}

fn run_context(tx: &TenantTx, accepted: &ScanAccepted) -> Result<RunContext, ResultsFault> {
    Ok(RunContext {
        tenant_key: tx.tenant_key(),
        run_id: accepted
            .run_id
            .parse()
            .map_err(|error| ResultsFault::field("run_id", error))?,
        kind: accepted
            .run_kind
            .parse()
            .map_err(|error| ResultsFault::field("run_kind", error))?,
        seq: accepted.run_seq,
    })
}

/// Loads what the report may touch and asks the pure engine.
async fn decide(
    tx: &mut TenantTx,
    report: &JobReport,
    run: &RunContext,
) -> Result<(Applied, Looks), ResultsFault> {
    let hosts: BTreeSet<(AssetId, String)> = report
        .cells
        .iter()
        .map(|cell| (cell.asset_id, cell.host.clone()))
        .collect();
    let hosts: Vec<(AssetId, String)> = hosts.into_iter().collect();
    let mut seen = Seen::in_report(report, run.tenant_key);
    let sightings = sightings(report, &seen, run);
    let stored = store::sighting::sort_by_hosts(tx, &hosts, &sightings, run.seq).await?;
    let as_known = stored.as_known.iter();
    seen.note_as_known(as_known.filter_map(|place| sightings.index.get(*place).copied()));
    let priors = store::exposure::list_by_keys(tx, &stored.others).await?;
    let coverage = store::coverage::settled_since(tx, &hosts, run.seq).await?;
    let applied = apply(&priors, &seen, &coverage, report, run);
    let looks = looks(&priors, &seen, report, &applied);
    Ok((applied, looks))
}

/// What may be as it is known: each exposure that is seen once. A verify run tells of everything
/// it sees, so it has none.
fn sightings(report: &JobReport, seen: &Seen, run: &RunContext) -> Sightings {
    let mut sightings = Sightings::default();
    if run.kind == RunKind::Verify {
        return sightings;
    }
    let mut order: Vec<usize> = (0..seen.keys().len()).collect();
    order.sort_by_key(|index| seen.keys().get(*index));
    for same in order.chunk_by(|one, other| seen.keys().get(*one) == seen.keys().get(*other)) {
        if let [index] = same
            && let Some((key, observation)) =
                seen.keys().get(*index).zip(report.observations.get(*index))
        {
            sightings.index.push(*index);
            sightings.key.push(key.as_str().to_owned());
            sightings
                .fingerprint
                .push(Fingerprint::of(&observation.attributes).as_bytes().to_vec());
            sightings.digest.push(observation.check.digest.clone());
            sightings
                .severity
                .push(observation.severity.as_str().to_owned());
            sightings.title.push(observation.title.clone());
        }
    }
    sightings
}

/// Writes the touched exposures; the untouched are not in `applied`.
pub(super) async fn write_exposures(
    tx: &mut TenantTx,
    applied: &Applied,
    run_id: &str,
    at: OffsetDateTime,
    risks: &Risks,
) -> Result<(), ResultsFault> {
    let (new, known): (Vec<&Change>, Vec<&Change>) =
        applied.changes.iter().partition(|c| c.from.is_none());
    let seen_at = |change: &Change| {
        if was_seen(change) {
            at
        } else {
            OffsetDateTime::UNIX_EPOCH
        }
    };
    let known: Vec<(&Change, OffsetDateTime)> =
        known.into_iter().map(|c| (c, seen_at(c))).collect();
    store::exposure::insert_new(tx, &new, run_id, at, risks).await?;
    let written = store::exposure::update_observed(tx, &known, Some(run_id), risks).await?;
    if written == known.len() as u64 {
        Ok(())
    } else {
        Err(ResultsFault::inconsistent(
            "results.exposures",
            format!("{written} of {} rows were written", known.len()),
        ))
    }
}

fn was_seen(change: &Change) -> bool {
    change.next.state == ExposureState::Open && change.next.gone_seq.is_none()
}

/// Starts to make the leaves and the news of a result's events, beside the database writing its
/// exposures: neither waits for the other.
fn tell(
    tx: &TenantTx,
    applied: &Arc<Applied>,
    at: OffsetDateTime,
) -> impl Future<Output = Result<(Vec<Leaf>, Vec<News>), ResultsFault>> + use<> {
    let (speaker, applied) = (Speaker::of(tx), Arc::clone(applied));
    let trace = tracing::Span::current();
    let made = tokio::task::spawn_blocking(move || {
        let leaves = leaves(speaker.tenant_key, &applied, at)?;
        let news = trace.in_scope(|| store::news::of_transitions(&speaker, &applied.events, at));
        Ok((leaves, news))
    });
    async {
        made.await
            .map_err(|error| ResultsFault::inconsistent("leaves of a result", error))?
    }
}

/// Leaf hash and id of an event.
type Leaf = (wt_ledger::Hash, String);

/// Leaf hash and id of each event.
pub(crate) fn leaves(
    tenant_key: TenantKey,
    applied: &Applied,
    at: OffsetDateTime,
) -> Result<Vec<Leaf>, ResultsFault> {
    let at = at
        .format(&Rfc3339)
        .map_err(|error| ResultsFault::inconsistent("time of an event", error))?;
    let leaf = |event| leaf_hash(&leaf::event(tenant_key, event, &at));
    let events = applied.events.iter();
    Ok(events.map(|e| (leaf(e), e.id.to_string())).collect())
}

fn evidence<'a>(
    applied: &'a Applied,
    report: &'a JobReport,
) -> Vec<(&'a wt_diff::Event, &'a Observation)> {
    let events = applied.events.iter();
    events
        .filter_map(|event| Some((event, report.observations.get(event.observation?)?)))
        .collect()
}

async fn refuse(
    tx: &mut TenantTx,
    accepted: &ScanAccepted,
    row: AppliedRow,
    refusal: &Refusal,
) -> Result<usize, ResultsFault> {
    let row = AppliedRow {
        refusal_code: refusal.code().to_owned(),
        refusal_reason: refusal.to_string(),
        ..row
    };
    store::applied::insert(tx, &row).await?;
    let after = json!({ "code": row.refusal_code, "reason": row.refusal_reason });
    wt_audit::record(tx, "result.refuse", &accepted.job_id, None, Some(&after)).await?;
    announce(tx, accepted, Some(refusal), &Applied::default()).await?;
    Ok(0)
}

async fn announce(
    tx: &mut TenantTx,
    accepted: &ScanAccepted,
    refusal: Option<&Refusal>,
    applied: &Applied,
) -> Result<(), ResultsFault> {
    let mut news = ScanApplied {
        job_id: accepted.job_id.clone(),
        run_id: accepted.run_id.clone(),
        attempt: accepted.attempt,
        applied: refusal.is_none(),
        code: refusal.map(|r| r.code().to_owned()).unwrap_or_default(),
        reason: refusal.map(ToString::to_string).unwrap_or_default(),
        ..ScanApplied::default()
    };
    for event in &applied.events {
        *news.events.entry(event.event_type.to_string()).or_default() += 1;
    }
    wt_outbox::enqueue(tx, &news).await?;
    Ok(())
}

/// What the message alone says of the result.
fn bare_row(accepted: &ScanAccepted, turn: i64) -> AppliedRow {
    AppliedRow {
        turn,
        job_id: accepted.job_id.clone(),
        run_id: accepted.run_id.clone(),
        attempt: i32::try_from(accepted.attempt).unwrap_or(i32::MAX),
        run_seq: accepted.run_seq,
        run_kind: accepted.run_kind.clone(),
        profile: accepted.profile.clone(),
        requested_by: accepted.requested_by.clone(),
        requested_at: from_timestamp(accepted.requested_at.as_ref()),
        artifact_key: accepted.artifact_key.clone(),
        artifact_sha256: accepted.artifact_sha256.clone(),
        artifact_bytes: i64::try_from(accepted.artifact_bytes).unwrap_or(i64::MAX),
        job_envelope: accepted.job_envelope.clone(),
        refusal_code: String::new(),
        refusal_reason: String::new(),
        engine_name: String::new(),
        engine_version: String::new(),
        check_set_digest: String::new(),
        vantage: String::new(),
        worker_id: String::new(),
        authorization_ids: Vec::new(),
        started_at: None,
        finished_at: None,
        cells_present: 0,
        cells_absent: 0,
        cells_inconclusive: 0,
        denials: json!([]),
        denials_total: 0,
    }
}

fn filled_row(
    row: AppliedRow,
    job: &scan::Job,
    result: &scan::JobResult,
    report: &JobReport,
    at: OffsetDateTime,
) -> AppliedRow {
    let count = |of: fn(&Settled) -> bool| -> i64 {
        let cells = report.cells.iter().filter(|cell| of(&cell.settled));
        i64::try_from(cells.map(CellRun::len).sum::<u64>()).unwrap_or(i64::MAX)
    };
    let denials: Vec<_> = report.denials.iter().take(DENIALS_MAX).collect();
    AppliedRow {
        engine_name: result.engine_name.clone(),
        engine_version: result.engine_version.clone(),
        check_set_digest: result.check_set_digest.clone(),
        vantage: result.vantage.clone(),
        worker_id: result.worker_id.clone(),
        authorization_ids: job.authorization_ids.clone(),
        started_at: from_timestamp(result.started_at.as_ref()),
        finished_at: Some(at),
        cells_present: count(|settled| matches!(settled, Settled::Present)),
        cells_absent: count(|settled| matches!(settled, Settled::Absent { .. })),
        cells_inconclusive: count(|settled| matches!(settled, Settled::Inconclusive { .. })),
        denials: json!(denials),
        denials_total: i64::try_from(report.denials.len()).unwrap_or(i64::MAX),
        ..row
    }
}
