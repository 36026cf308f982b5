//! A run begins: surveyed, held to the plan and the hours, planned, signed, and committed with its
//! news (contracts §2, §3).

use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::tenant_of;
use wt_model::{JobId, Principal, RunId, RunState, TypedId};
use wt_outbox::News;
use wt_pg::{TenantTx, constraint};
use wt_plan::Standing;
use wt_proto::{Message, scan, subject};

use crate::{
    admission::{self, TooSoon},
    api::Api,
    domain::{
        deadline::{ATTEMPTS_MAX, run_deadline},
        exclusion::Exclusions,
        plan::JobPlan,
        pool::ChosenPool,
        window::{Rule, read as read_rules},
    },
    error::ScanFault,
    moves,
    planning::{Ground, Planned, Wanted},
    pooling,
    signing::RunFacts,
    store::{self, job::NewJob, run::NewRun},
    wire,
};

/// Constraint that refuses a second run of one key (`migrations/scan`).
const RUN_ONCE_PER_KEY: &str = "run_once_per_key";
/// Longest idempotency key: a UUID and room.
const KEY_BYTES_MAX: usize = 128;

/// How a run is asked for.
pub(crate) struct Asked {
    /// Plan only, change nothing.
    dry_run: bool,
    /// Idempotency key of the caller; empty for none.
    key: String,
    /// Of the request the key came with.
    hash: [u8; 32],
}

impl Asked {
    /// `request` is all that makes it another request.
    pub(crate) fn read(dry_run: bool, key: &str, request: &[u8]) -> Result<Self, ScanFault> {
        if key.len() > KEY_BYTES_MAX {
            return Err(ScanFault::field(
                "idempotency_key",
                format!("at most {KEY_BYTES_MAX} bytes"),
            ));
        }
        Ok(Self {
            dry_run,
            key: key.to_owned(),
            hash: Sha256::digest(request).into(),
        })
    }

    /// The key, if there is one, and what it came with.
    fn key(&self) -> Option<(&str, &[u8])> {
        (!self.key.is_empty()).then_some((self.key.as_str(), self.hash.as_slice()))
    }
}

/// Begins a run, or says what it would look at.
pub(crate) async fn begin(
    api: &Api,
    principal: &Principal,
    wanted: Wanted,
    asked: &Asked,
) -> Result<scan::RequestRunResponse, ScanFault> {
    let told = admission::admit(&api.standings, principal, &wanted).await?;
    let run_id = RunId::from_ulid(Ulid::generate());
    let mut postponed = None;
    let Limits { rules, exclusions } = limits(api, principal).await?;
    let mut ground = Ground::survey(&api.peers, principal, &wanted).await?;
    let closed = ground.keep_hours(&rules, OffsetDateTime::now_utc());
    // As with those that were scanned too recently: who names assets means each of them.
    if let Some(closed) = closed
        && !asked.dry_run
        && (!wanted.asset_ids.is_empty() || ground.is_empty())
    {
        return Err(closed);
    }
    let pool = pooling::choose(api, principal, &told, &wanted, &ground.asset_ids()).await?;
    let answer = loop {
        let planned = ground.plan(&wanted, &exclusions, &api.templates)?;
        let mut answer = scan::RequestRunResponse {
            run: None,
            hosts: count(planned.jobs.iter().map(|job| job.targets.len()).sum()),
            jobs: count(planned.jobs.len()),
            cells: planned.jobs.iter().map(|job| job.cells).sum(),
            refused: planned.refused.clone(),
        };
        if asked.dry_run {
            return Ok(answer);
        }
        if planned.jobs.is_empty() {
            return Err(postponed.map_or_else(|| nothing_authorized(&planned), ScanFault::Plan));
        }
        let begin = Begin {
            run_id,
            wanted: &wanted,
            planned: &planned,
            standing: &told.standing,
            exclusions: &exclusions,
            pool: &pool,
            asked,
        };
        match commit(api, principal, &begin).await {
            Ok(Committed::Run(run)) => {
                answer.run = Some(*run);
                break answer;
            }
            // Fewer assets each time, so this ends.
            Ok(Committed::Withdrawn(assets)) => ground.withdraw(&assets),
            // Who names assets means each of them; who asks for everything means what may be.
            Ok(Committed::TooSoon(TooSoon { fault, .. })) if !wanted.asset_ids.is_empty() => {
                return Err(fault.into());
            }
            Ok(Committed::TooSoon(TooSoon { assets, fault })) => {
                ground.postpone(&assets, &fault);
                postponed = Some(fault);
            }
            // Two requests with one key at once: the first one's run is the answer to both.
            Err(ScanFault::Store(fault)) if constraint(&fault) == Some(RUN_ONCE_PER_KEY) => {
                return repeated(api, principal, asked)
                    .await?
                    .ok_or(ScanFault::KeyReused);
            }
            Err(fault) => return Err(fault),
        }
    };
    if !wanted.keys.is_empty() {
        // The run is committed: a note that is missing is worth a warning, not the run.
        let noted = api
            .peers
            .record_verify(principal, wanted.keys, &run_id.to_string())
            .await;
        if let Err(fault) = noted {
            tracing::warn!(run_id = %run_id, error = %wt_fault::chain(&fault), "not noted");
        }
    }
    Ok(answer)
}

/// What the organization says of its scans.
struct Limits {
    /// When its assets may be scanned.
    rules: Vec<Rule>,
    /// What of them never is.
    exclusions: Exclusions,
}

/// Reads them. What can't be read lets nothing be scanned.
async fn limits(api: &Api, principal: &Principal) -> Result<Limits, ScanFault> {
    let mut tx = api.pool.begin_read(principal, "read_limits").await?;
    let windows = store::window::get(&mut tx).await?;
    let excluded = store::exclusion::get(&mut tx).await?;
    tx.commit().await?;
    let inconsistent = |place: String| ScanFault::Inconsistent { place };
    let rules = windows.map(|(words, _)| words).unwrap_or_default();
    let excluded = excluded.map(|(words, _)| words).unwrap_or_default();
    Ok(Limits {
        rules: read_rules(&rules).map_err(|bad| inconsistent(format!("scan.windows {bad}")))?,
        exclusions: Exclusions::read(&excluded)
            .map_err(|bad| inconsistent(format!("scan.exclusions {bad}")))?,
    })
}

fn nothing_authorized(planned: &Planned) -> ScanFault {
    let first = planned.refused.first().map_or_else(
        || "the organization has no verified asset".to_owned(),
        |refused| refused.reason.clone(),
    );
    ScanFault::NothingAuthorized { first }
}

/// The answer to the first request of this key, if there was one.
pub(crate) async fn repeated(
    api: &Api,
    principal: &Principal,
    asked: &Asked,
) -> Result<Option<scan::RequestRunResponse>, ScanFault> {
    let Some((key, hash)) = asked.key() else {
        return Ok(None);
    };
    let mut tx = api.pool.begin_read(principal, "find_run_by_key").await?;
    let Some(first) = store::run::find_by_key(&mut tx, key).await? else {
        return Ok(None);
    };
    if first.request_hash != hash {
        return Err(ScanFault::KeyReused);
    }
    let run = store::run::find_by_id(&mut tx, &first.id)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let hosts = store::job::hosts_of_run(&mut tx, &first.id).await?;
    tx.commit().await?;
    Ok(Some(scan::RequestRunResponse {
        hosts: u32::try_from(hosts).unwrap_or_default(),
        jobs: u32::try_from(run.jobs_total).unwrap_or_default(),
        cells: u64::try_from(run.cells_planned).unwrap_or_default(),
        refused: wire::refused_from_json(&first.refused),
        run: Some(run.into()),
    }))
}

/// What came of committing a run.
enum Committed {
    Run(Box<scan::Run>),
    /// These assets' proofs were withdrawn meanwhile; nothing was written.
    Withdrawn(Vec<String>),
    /// These assets have to wait; nothing was written.
    TooSoon(TooSoon),
}

/// A run about to be committed.
struct Begin<'a> {
    run_id: RunId,
    wanted: &'a Wanted,
    planned: &'a Planned,
    standing: &'a Standing,
    exclusions: &'a Exclusions,
    pool: &'a ChosenPool,
    asked: &'a Asked,
}

async fn commit(
    api: &Api,
    principal: &Principal,
    begin: &Begin<'_>,
) -> Result<Committed, ScanFault> {
    let Begin {
        run_id,
        wanted,
        planned,
        standing,
        exclusions,
        pool,
        asked,
    } = *begin;
    let key = asked.key();
    let again = wanted.again.as_ref();
    let now = OffsetDateTime::now_utc();
    let deadline_at = run_deadline(now, planned.jobs.len());
    let cells: u64 = planned.jobs.iter().map(|job| job.cells).sum();
    let id = run_id.to_string();
    // Never closed; without a turn the database is what makes others wait.
    let _turn = api.commits.acquire().await.ok();
    let mut tx = api.pool.begin(principal, "request_run").await?;
    // Before the lock below, so that it is held for less.
    let after = serde_json::json!({
        "kind": wanted.kind, "profile": wanted.profile, "policy": wanted.policy,
        "assets": planned.asset_ids, "jobs": planned.jobs.len(), "cells": cells,
        "pool": pool.pool.to_string(), "repeats": again.map(|again| &again.run.id),
        "schedule": wanted.schedule.as_ref().map(|by| &by.id),
    });
    wt_audit::record(&mut tx, "run.request", &id, None, Some(&after)).await?;
    if let Some(id) = pool.pool.id()
        && !store::pool::hold(&mut tx, id).await?
    {
        // Removed since it was chosen.
        return Err(ScanFault::PoolUnknown);
    }
    // Also keeps withdrawals of proofs out until this is committed.
    let seq = store::run::next_seq(&mut tx).await?;
    let (assets, proofs) = planned.rests_on();
    let withdrawn = store::withdrawal::among(&mut tx, &assets, &proofs).await?;
    if !withdrawn.is_empty() {
        return Ok(Committed::Withdrawn(withdrawn));
    }
    if let Some(late) = admission::too_soon(&mut tx, standing, wanted, &assets, now).await? {
        return Ok(Committed::TooSoon(late));
    }
    let new = NewRun {
        id: run_id,
        seq,
        kind: wanted.kind.as_str(),
        profile: wanted.profile.as_str(),
        policy: wanted.policy.as_str(),
        asset_ids: &planned.asset_ids,
        exposure_keys: &wanted.keys,
        idempotency_key: key.map(|(key, _)| key),
        request_hash: key.map(|(_, hash)| hash),
        jobs_total: i32::try_from(planned.jobs.len()).unwrap_or(i32::MAX),
        cells_planned: i64::try_from(cells).unwrap_or(i64::MAX),
        refused: &wire::refused_to_json(&planned.refused),
        deadline_at,
        pool,
        repeats: again.map(|again| again.run.id.as_str()),
        schedule_id: wanted.schedule.as_ref().map_or("", |by| by.id.as_str()),
    };
    store::run::insert(&mut tx, &new).await?;
    let digest = api.templates.check_set_digest();
    let facts = RunFacts {
        run_id,
        tenant_key: tenant_of(principal)?,
        seq,
        kind: wanted.kind,
        profile: wanted.profile,
        policy: wanted.policy,
        exposure_keys: &wanted.keys,
        exclusions: &exclusions.texts(),
        check_set_digest: &digest,
        requested_by: principal,
        now,
        deadline_at,
        pool: pool.pool,
    };
    let mut news = dispatch(api, &mut tx, &planned.jobs, &facts).await?;
    let reason = "planned and signed";
    let run = store::run::set_state(&mut tx, &id, RunState::Queued, reason)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let mut created = moves::changed(&run, "");
    RunState::Created.as_str().clone_into(&mut created.state);
    "requested".clone_into(&mut created.reason);
    news.push(News::of(&tx, &created));
    let queued = moves::changed(&run, RunState::Created.as_str());
    news.push(News::of(&tx, &queued));
    wt_outbox::enqueue_all(&mut tx, &news).await?;
    let notice = pooling::notice_of(&mut tx, &run).await?;
    tx.commit().await?;
    tracing::info!(run_id = %run_id, jobs = planned.jobs.len(), cells, "run requested");
    Ok(Committed::Run(Box::new(scan::Run {
        notice: notice.unwrap_or_default(),
        repeats: again.map(|again| again.run.clone()),
        schedule: wanted.schedule.clone(),
        ..run.into()
    })))
}

/// Signs and adds the jobs; gives the news that dispatches them.
async fn dispatch(
    api: &Api,
    tx: &mut TenantTx,
    plans: &[JobPlan],
    facts: &RunFacts<'_>,
) -> Result<Vec<News>, ScanFault> {
    let subject = subject::scan_requested(facts.pool);
    let (mut jobs, mut news) = (Vec::new(), Vec::new());
    for plan in plans {
        let id = JobId::from_ulid(Ulid::generate());
        let envelope = api.signer.sign(id, plan, facts);
        news.push(News::on(tx, &subject, &format!("{id}:1"), &envelope));
        jobs.push(NewJob {
            id: id.to_string(),
            hosts: i32::try_from(plan.targets.len()).unwrap_or(i32::MAX),
            cells_planned: i64::try_from(plan.cells).unwrap_or(i64::MAX),
            attempt_ceiling: i32::try_from(ATTEMPTS_MAX).unwrap_or(i32::MAX),
            asset_ids: plan.rests_on.keys().map(ToString::to_string).collect(),
            authorization_ids: plan.rests_on.values().cloned().collect(),
            envelope: envelope.encode_to_vec(),
        });
    }
    let run_id = facts.run_id.to_string();
    for job in &jobs {
        store::job::insert(tx, &run_id, job).await?;
    }
    Ok(news)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
