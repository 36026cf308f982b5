//! Begins a new run of exactly the jobs of another that brought no result. Proofs, windows, the
//! plan and the pool are asked anew, as of any run.

use std::collections::BTreeSet;

use wt_auth::may;
use wt_exposure::PortSet;
use wt_model::{Permission, Principal, RunId, RunKind, RunState};
use wt_proto::{Message, scan};

use super::Api;
use crate::{
    beginning::{Asked, begin, repeated},
    domain::rerun::Shard,
    error::ScanFault,
    planning::{Again, Wanted},
    store::{self, run::RunRow},
    wire,
};

pub(super) async fn rerun_failed(
    api: &Api,
    principal: &Principal,
    request: scan::RerunFailedRequest,
) -> Result<scan::RerunFailedResponse, ScanFault> {
    may(principal, Permission::RunsCreate)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    // A key that was used to request a run is none to repeat one.
    let bytes = [b"rerun ".as_slice(), &request.encode_to_vec()].concat();
    let asked = Asked::read(request.dry_run, &request.idempotency_key, &bytes)?;
    let mut tx = api.pool.begin_read(principal, "read_failed").await?;
    let run = store::run::find_by_id(&mut tx, &id.to_string())
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let jobs = store::rerun::without_result(&mut tx, &run.id).await?;
    tx.commit().await?;
    let kind: RunKind = wire::word("kind", &run.kind)?;
    if kind == RunKind::Verify {
        may(principal, Permission::ExposuresAct)?;
    }
    if let Some(first) = repeated(api, principal, &asked).await? {
        return Ok(answer(first));
    }
    let shards = shards(&run, &jobs)?;
    let wanted = wanted(api, principal, &run, kind, shards).await?;
    begin(api, principal, wanted, &asked).await.map(answer)
}

/// What the run left to do, once it can no longer do it itself.
fn shards(run: &RunRow, jobs: &[Vec<u8>]) -> Result<Vec<Shard>, ScanFault> {
    let unreadable = || ScanFault::Inconsistent {
        place: format!("scan.jobs.envelope of {}", run.id),
    };
    let state: RunState = run.state.parse().map_err(|_| ScanFault::Inconsistent {
        place: format!("scan.runs.state of {}", run.id),
    })?;
    if !state.is_terminal() {
        let reason = "the run has not ended";
        return Err(ScanFault::NothingToRerun { reason });
    }
    if jobs.is_empty() {
        let reason = "every part of the run brought a result";
        return Err(ScanFault::NothingToRerun { reason });
    }
    jobs.iter()
        .map(|bytes| {
            let signed = scan::JobEnvelope::decode(bytes.as_slice()).ok()?;
            Shard::of(scan::Job::decode(signed.payload.as_slice()).ok()?)
        })
        .map(|shard| shard.ok_or_else(unreadable))
        .collect()
}

async fn wanted(
    api: &Api,
    principal: &Principal,
    run: &RunRow,
    kind: RunKind,
    shards: Vec<Shard>,
) -> Result<Wanted, ScanFault> {
    let assets: BTreeSet<String> = shards.iter().flat_map(Shard::asset_ids).collect();
    let (kind, keys) = if kind == RunKind::Verify {
        let keys = unverified(api, principal, run, &shards).await?;
        (RunKind::Verify, keys)
    } else {
        // Somebody asks for it now, whoever asked for the first.
        (RunKind::OnDemand, Vec::new())
    };
    Ok(Wanted {
        kind,
        profile: wire::word("profile", &run.profile)?,
        policy: wire::word("policy", &run.policy)?,
        // Each host has its own.
        ports: PortSet::default(),
        asset_ids: assets.into_iter().collect(),
        keys,
        pool: None,
        again: Some(Again {
            run: scan::RunRef {
                id: run.id.clone(),
                seq: run.seq,
                state: run.state.clone(),
            },
            pool: wire::word("pool", &run.pool)?,
            shards,
        }),
        schedule: None,
    })
}

/// The exposures whose cells the failed jobs were to verify.
async fn unverified(
    api: &Api,
    principal: &Principal,
    run: &RunRow,
    shards: &[Shard],
) -> Result<Vec<String>, ScanFault> {
    let open = api
        .peers
        .open_cells(principal, Vec::new(), run.exposure_keys.clone())
        .await?;
    let keys: BTreeSet<String> = open
        .keys
        .into_iter()
        .zip(&open.cells)
        .filter(|(_, cell)| shards.iter().any(|shard| shard.verified(cell)))
        .map(|(key, _)| key)
        .collect();
    if keys.is_empty() {
        let reason = "what it was to verify is no longer there";
        return Err(ScanFault::NothingToRerun { reason });
    }
    Ok(keys.into_iter().collect())
}

fn answer(begun: scan::RequestRunResponse) -> scan::RerunFailedResponse {
    scan::RerunFailedResponse {
        run: begun.run,
        hosts: begun.hosts,
        jobs: begun.jobs,
        cells: begun.cells,
        refused: begun.refused,
    }
}
