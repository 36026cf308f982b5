//! Cancels a run until it processes (contracts §2); workers hear it at once.

use wt_auth::may;
use wt_model::{Permission, Principal, RunId};
use wt_proto::scan;

use super::Api;
use crate::{cancelling, error::ScanFault, wire};

pub(super) async fn cancel_run(
    api: &Api,
    principal: &Principal,
    request: scan::CancelRunRequest,
) -> Result<scan::CancelRunResponse, ScanFault> {
    may(principal, Permission::RunsCreate)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    let reason = cancelling::reason(&request.reason)?;
    let run = cancelling::cancel(&api.pool, &api.bus, principal, id, reason, None).await?;
    Ok(scan::CancelRunResponse {
        run: Some(run.into()),
    })
}
