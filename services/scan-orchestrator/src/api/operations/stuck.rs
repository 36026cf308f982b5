//! Runs that do not go on: which, why, and what helps.

use serde_json::json;
use wt_model::{Principal, RunId, RunState, TenantKey};
use wt_pg::{Cursor, Page};
use wt_proto::{convert::to_timestamp, scan};

use super::{Operations, at, staff};
use crate::{
    cancelling,
    domain::stuck::{DISPATCH_SECONDS, told},
    error::ScanFault,
    store::{self, operations::StuckRow},
    wire,
    work::redispatch,
};

/// Name of the list, of which a cursor is good.
const LIST: &str = "stuck-runs";
/// Most jobs one request sends again: a transaction each, within a caller's patience.
const DISPATCHED_MAX: usize = 500;

pub(super) async fn list_stuck_runs(
    operations: &Operations,
    principal: &Principal,
    request: scan::ListStuckRunsRequest,
) -> Result<scan::ListStuckRunsResponse, ScanFault> {
    staff(principal)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let mut tx = operations.pool.begin_platform("list_stuck_runs").await?;
    let rows = store::operations::stuck(&mut tx, page.after(), page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(LIST, row.created_at, &row.id));
    Ok(scan::ListStuckRunsResponse {
        runs: rows.into_iter().map(shown).collect::<Result<_, _>>()?,
        next_cursor,
    })
}

fn shown(row: StuckRow) -> Result<scan::StuckRun, ScanFault> {
    let state: RunState = row.state.parse().map_err(|_| ScanFault::Inconsistent {
        place: format!("scan.runs.state of {}", row.id),
    })?;
    let told = told(&row.problem, state);
    let count = |n: i64| u32::try_from(n).unwrap_or_default();
    Ok(scan::StuckRun {
        run_id: row.id,
        tenant_key: row.tenant_key,
        kind: row.kind,
        state: row.state,
        pool: row.pool,
        problem: row.problem,
        reason: told.reason.to_owned(),
        advice: told.advice.to_owned(),
        may: told.may.into_iter().map(ToOwned::to_owned).collect(),
        jobs_waiting: count(row.waiting),
        jobs_running: count(row.running),
        jobs_silent: count(row.silent),
        jobs_processing: count(row.processing),
        created_at: Some(to_timestamp(row.created_at)),
        deadline_at: Some(to_timestamp(row.deadline_at)),
        heard_at: row.heard_at.map(to_timestamp),
    })
}

pub(super) async fn cancel_stuck_run(
    operations: &Operations,
    principal: &Principal,
    request: scan::CancelStuckRunRequest,
) -> Result<scan::CancelStuckRunResponse, ScanFault> {
    staff(principal)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    let reason = cancelling::reason(&request.reason)?;
    let who = at(principal, owner(operations, id).await?);
    let noted = json!({ "reason": reason, "by": "platform staff" });
    let Operations { pool, bus } = operations;
    let run = cancelling::cancel(pool, bus, &who, id, reason, Some(&noted)).await?;
    Ok(scan::CancelStuckRunResponse {
        run_id: run.id,
        state: run.state,
    })
}

pub(super) async fn dispatch_stuck_run(
    operations: &Operations,
    principal: &Principal,
    request: scan::DispatchStuckRunRequest,
) -> Result<scan::DispatchStuckRunResponse, ScanFault> {
    staff(principal)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    let tenant = owner(operations, id).await?;
    let run_id = id.to_string();
    let who = at(principal, tenant);
    let mut tx = operations.pool.begin(&who, "dispatch_stuck_run").await?;
    let live = store::operations::live_jobs(&mut tx, &run_id, DISPATCH_SECONDS).await?;
    let silent: Vec<_> = live.iter().filter(|job| job.is_silent).collect();
    if !silent.is_empty() {
        // Before the deed: one that fails half-way was begun by somebody all the same.
        let after = json!({ "jobs": silent.len().min(DISPATCHED_MAX), "by": "platform staff" });
        wt_audit::record(&mut tx, "run.dispatch", &run_id, None, Some(&after)).await?;
    }
    tx.commit().await?;
    let mut dispatched: u32 = 0;
    for job in silent.iter().take(DISPATCHED_MAX) {
        let sent = redispatch(&operations.pool, tenant, &job.id, DISPATCH_SECONDS).await?;
        dispatched += u32::from(sent);
    }
    let left_alone = live.len() - silent.len();
    Ok(scan::DispatchStuckRunResponse {
        run_id,
        dispatched,
        left_alone: u32::try_from(left_alone).unwrap_or(u32::MAX),
        more: silent.len() > DISPATCHED_MAX,
    })
}

/// Whose run it is, while it goes on.
async fn owner(operations: &Operations, id: RunId) -> Result<TenantKey, ScanFault> {
    let mut tx = operations.pool.begin_platform("find_run").await?;
    let owner = store::operations::tenant_of(&mut tx, &id.to_string()).await?;
    tx.commit().await?;
    owner.ok_or(ScanFault::RunUnknown)
}
