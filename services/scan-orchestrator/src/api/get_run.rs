//! One run.

use wt_auth::may;
use wt_model::{Permission, Principal, RunId};
use wt_proto::scan;

use super::Api;
use crate::{error::ScanFault, pooling, store, wire};

pub(super) async fn get_run(
    api: &Api,
    principal: &Principal,
    request: scan::GetRunRequest,
) -> Result<scan::GetRunResponse, ScanFault> {
    may(principal, Permission::RunsRead)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    let mut tx = api.pool.begin_read(principal, "get_run").await?;
    let run = store::run::find_by_id(&mut tx, &id.to_string())
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let notice = pooling::notice_of(&mut tx, &run).await?;
    let (repeats, repeated_by) = store::rerun::links(&mut tx, &run.id).await?;
    let schedule = store::schedule::of_run(&mut tx, &run.id).await?;
    tx.commit().await?;
    Ok(scan::GetRunResponse {
        run: Some(scan::Run {
            notice: notice.unwrap_or_default(),
            repeats,
            repeated_by,
            schedule,
            ..run.into()
        }),
    })
}
