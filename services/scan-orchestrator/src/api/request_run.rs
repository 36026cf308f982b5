//! Requests a run: what may be scanned, planned into jobs, signed, and committed with its news
//! (contracts §2, §3).

use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::{may, tenant_of};
use wt_engine::check::{Check, catalogue, check_set_digest};
use wt_exposure::{CheckRef, PortSet};
use wt_model::{JobId, Permission, Policy, Principal, Profile, RunId, RunKind, RunState, TypedId};
use wt_pg::{TenantTx, constraint};
use wt_proto::{Message, scan, subject};

use super::Api;
use crate::{
    domain::{
        deadline::{ATTEMPTS_MAX, run_deadline},
        plan::{JobPlan, plan_assets, plan_cells},
    },
    error::ScanFault,
    moves,
    signing::{POOL, RunFacts},
    store::{self, job::NewJob, run::NewRun},
    wire,
};

/// Most assets or exposures one request names.
const NAMED_MAX: usize = 2_000;
/// Constraint that refuses a second run of one key (`migrations/scan`).
const RUN_ONCE_PER_KEY: &str = "run_once_per_key";
/// Longest idempotency key: a UUID and room.
const KEY_BYTES_MAX: usize = 128;

/// A request that makes sense.
struct Wanted {
    kind: RunKind,
    profile: Profile,
    policy: Policy,
    ports: PortSet,
    asset_ids: Vec<String>,
    keys: Vec<String>,
}

/// What it comes to.
struct Planned {
    jobs: Vec<JobPlan>,
    asset_ids: Vec<String>,
    refused: Vec<scan::RefusedTarget>,
}

pub(super) async fn request_run(
    api: &Api,
    principal: &Principal,
    request: scan::RequestRunRequest,
) -> Result<scan::RequestRunResponse, ScanFault> {
    let hash: [u8; 32] = Sha256::digest(request.encode_to_vec()).into();
    let (dry_run, key) = (request.dry_run, request.idempotency_key.clone());
    if key.len() > KEY_BYTES_MAX {
        return Err(ScanFault::field(
            "idempotency_key",
            format!("at most {KEY_BYTES_MAX} bytes"),
        ));
    }
    let wanted = read(request)?;
    may(
        principal,
        match wanted.kind {
            RunKind::Verify => Permission::ExposuresAct,
            RunKind::OnDemand | RunKind::Scheduled => Permission::RunsCreate,
        },
    )?;
    if !key.is_empty()
        && let Some(run) = repeated(api, principal, &key, &hash).await?
    {
        return Ok(run);
    }
    let planned = plan(api, principal, &wanted).await?;
    let mut answer = scan::RequestRunResponse {
        run: None,
        hosts: count(planned.jobs.iter().map(|job| job.targets.len()).sum()),
        jobs: count(planned.jobs.len()),
        cells: planned.jobs.iter().map(|job| job.cells).sum(),
        refused: planned.refused.clone(),
    };
    if dry_run {
        return Ok(answer);
    }
    if planned.jobs.is_empty() {
        let first = planned.refused.first().map_or_else(
            || "the organization has no verified asset".to_owned(),
            |refused| refused.reason.clone(),
        );
        return Err(ScanFault::NothingAuthorized { first });
    }
    let run_id = RunId::from_ulid(Ulid::generate());
    let key = (!key.is_empty()).then_some((key.as_str(), hash.as_slice()));
    match commit(api, principal, run_id, &wanted, &planned, key).await {
        Ok(run) => answer.run = Some(run),
        // Two requests with one key at once: the first one's run is the answer to both.
        Err(ScanFault::Store(fault)) if constraint(&fault) == Some(RUN_ONCE_PER_KEY) => {
            let key = key.map(|(key, _)| key).unwrap_or_default();
            return repeated(api, principal, key, &hash)
                .await?
                .ok_or(ScanFault::KeyReused);
        }
        Err(fault) => return Err(fault),
    }
    for exposure in &wanted.keys {
        // The run is committed: a note that is missing is worth a warning, not the run.
        if let Err(fault) = api
            .peers
            .record_verify(principal, exposure, &run_id.to_string())
            .await
        {
            tracing::warn!(run_id = %run_id, error = %wt_fault::chain(&fault), "not noted");
        }
    }
    Ok(answer)
}

fn read(request: scan::RequestRunRequest) -> Result<Wanted, ScanFault> {
    let kind = match request.kind.as_str() {
        "" => RunKind::OnDemand,
        word => wire::word("kind", word)?,
    };
    if request.asset_ids.len() > NAMED_MAX || request.exposure_keys.len() > NAMED_MAX {
        return Err(ScanFault::field(
            "asset_ids",
            format!("at most {NAMED_MAX} at once"),
        ));
    }
    let (profile, keys) = match kind {
        RunKind::Verify if request.exposure_keys.is_empty() => {
            return Err(ScanFault::field("exposure_keys", "name what to verify"));
        }
        RunKind::Verify => (Profile::Verify, request.exposure_keys),
        RunKind::OnDemand | RunKind::Scheduled => {
            let profile = wire::optional("profile", &request.profile)?.unwrap_or(Profile::Baseline);
            if profile == Profile::Verify {
                return Err(ScanFault::field("profile", "verify is for exposures"));
            }
            (profile, Vec::new())
        }
    };
    let policy = wire::optional("policy", &request.policy)?.unwrap_or(Policy::Safe);
    if policy == Policy::Intrusive {
        return Err(ScanFault::field(
            "policy",
            "intrusive runs need a consent that isn't given",
        ));
    }
    let ports = if request.ports.trim().is_empty() {
        wt_scope::ports_of(profile)
    } else {
        wire::word("ports", &request.ports)?
    };
    Ok(Wanted {
        kind,
        profile,
        policy,
        ports,
        asset_ids: request.asset_ids,
        keys,
    })
}

async fn repeated(
    api: &Api,
    principal: &Principal,
    key: &str,
    hash: &[u8; 32],
) -> Result<Option<scan::RequestRunResponse>, ScanFault> {
    let mut tx = api.pool.begin_read(principal, "find_run_by_key").await?;
    let Some((id, first)) = store::run::find_by_key(&mut tx, key).await? else {
        return Ok(None);
    };
    if first != hash {
        return Err(ScanFault::KeyReused);
    }
    let run = store::run::find_by_id(&mut tx, &id)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    tx.commit().await?;
    Ok(Some(scan::RequestRunResponse {
        jobs: u32::try_from(run.jobs_total).unwrap_or_default(),
        cells: u64::try_from(run.cells_planned).unwrap_or_default(),
        run: Some(run.into()),
        ..Default::default()
    }))
}

async fn plan(api: &Api, principal: &Principal, wanted: &Wanted) -> Result<Planned, ScanFault> {
    let checks: Vec<CheckRef> = catalogue()
        .into_iter()
        .filter(|check| check.policy <= wanted.policy)
        .map(Check::reference)
        .collect();
    let (mut jobs, asset_ids, refused);
    if wanted.kind == RunKind::Verify {
        let open = api
            .peers
            .open_cells(principal, Vec::new(), wanted.keys.clone())
            .await?;
        if !open.unknown_keys.is_empty() {
            return Err(ScanFault::ExposureUnknown);
        }
        let mut ids: Vec<String> = open.cells.iter().map(|c| c.asset_id.to_string()).collect();
        ids.sort();
        ids.dedup();
        let (assets, not) = api.peers.resolve_scope(principal, ids.clone()).await?;
        jobs = plan_cells(&assets, &open.cells, &checks);
        (asset_ids, refused) = (ids, not);
    } else {
        let (assets, not) = api
            .peers
            .resolve_scope(principal, wanted.asset_ids.clone())
            .await?;
        let ids: Vec<String> = assets.iter().map(|asset| asset.id.to_string()).collect();
        let open = if ids.is_empty() {
            Vec::new()
        } else {
            api.peers
                .open_cells(principal, ids.clone(), Vec::new())
                .await?
                .cells
        };
        jobs = plan_assets(&assets, &wanted.ports, &checks, &open)?;
        (asset_ids, refused) = (ids, not);
    }
    jobs.retain(|job| job.cells > 0);
    let refused = refused
        .into_iter()
        .map(|r| scan::RefusedTarget {
            asset_id: r.asset_id,
            code: r.code,
            reason: r.reason,
        })
        .collect();
    Ok(Planned {
        jobs,
        asset_ids,
        refused,
    })
}

async fn commit(
    api: &Api,
    principal: &Principal,
    run_id: RunId,
    wanted: &Wanted,
    planned: &Planned,
    key: Option<(&str, &[u8])>,
) -> Result<scan::Run, ScanFault> {
    let now = OffsetDateTime::now_utc();
    let deadline_at = run_deadline(now, planned.jobs.len());
    let mut tx = api.pool.begin(principal, "request_run").await?;
    let seq = store::run::next_seq(&mut tx).await?;
    let cells: u64 = planned.jobs.iter().map(|job| job.cells).sum();
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
        deadline_at,
    };
    store::run::insert(&mut tx, &new).await?;
    let digest = check_set_digest();
    let facts = RunFacts {
        run_id,
        tenant_key: tenant_of(principal)?,
        seq,
        kind: wanted.kind,
        profile: wanted.profile,
        policy: wanted.policy,
        exposure_keys: &wanted.keys,
        check_set_digest: &digest,
        requested_by: principal,
        now,
        deadline_at,
    };
    for plan in &planned.jobs {
        dispatch(api, &mut tx, plan, &facts).await?;
    }
    let id = run_id.to_string();
    moves::say(&mut tx, &id, "", RunState::Created, "requested").await?;
    moves::move_run(
        &mut tx,
        &id,
        "created",
        RunState::Queued,
        "planned and signed",
    )
    .await?;
    let after = serde_json::json!({
        "kind": wanted.kind, "profile": wanted.profile, "policy": wanted.policy,
        "assets": planned.asset_ids, "jobs": planned.jobs.len(), "cells": cells,
    });
    wt_audit::record(&mut tx, "run.request", &id, None, Some(&after)).await?;
    let run = store::run::find_by_id(&mut tx, &id)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    tx.commit().await?;
    tracing::info!(run_id = %run_id, jobs = planned.jobs.len(), cells, "run requested");
    Ok(run.into())
}

async fn dispatch(
    api: &Api,
    tx: &mut TenantTx,
    plan: &JobPlan,
    facts: &RunFacts<'_>,
) -> Result<(), ScanFault> {
    let id = JobId::from_ulid(Ulid::generate());
    let envelope = api.signer.sign(id, plan, facts);
    let job = NewJob {
        id: id.to_string(),
        hosts: i32::try_from(plan.targets.len()).unwrap_or(i32::MAX),
        cells_planned: i64::try_from(plan.cells).unwrap_or(i64::MAX),
        attempt_ceiling: i32::try_from(ATTEMPTS_MAX).unwrap_or(i32::MAX),
        authorization_ids: plan.authorization_ids.iter().cloned().collect(),
        envelope: envelope.encode_to_vec(),
    };
    store::job::insert(tx, &facts.run_id.to_string(), &job).await?;
    wt_outbox::enqueue_as(
        tx,
        &subject::scan_requested(POOL),
        &format!("{id}:1"),
        &envelope,
    )
    .await?;
    Ok(())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
