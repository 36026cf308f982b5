//! Every step of a run and its jobs, oldest first.

use wt_auth::may;
use wt_model::{Permission, Principal, RunId};
use wt_proto::scan;

use super::Api;
use crate::{error::ScanFault, store, wire};

/// Most steps answered: a run of many jobs is read job by job.
const TRANSITIONS_MAX: i64 = 1_000;

pub(super) async fn list_transitions(
    api: &Api,
    principal: &Principal,
    request: scan::ListTransitionsRequest,
) -> Result<scan::ListTransitionsResponse, ScanFault> {
    may(principal, Permission::RunsRead)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    let mut tx = api.pool.begin_read(principal, "list_transitions").await?;
    store::run::find_by_id(&mut tx, &id.to_string())
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let rows = store::transition::list_by_run(&mut tx, &id.to_string(), TRANSITIONS_MAX).await?;
    tx.commit().await?;
    Ok(scan::ListTransitionsResponse {
        transitions: rows.into_iter().map(Into::into).collect(),
    })
}
