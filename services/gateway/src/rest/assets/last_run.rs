//! The newest run of each asset, as far as the last page of runs says.
use std::collections::BTreeMap;

use wt_proto::{common::PageRequest, scan::ListRunsRequest};

use super::LastRun;
use crate::rest::{access::Caller, moment::Moment};

/// Runs looked at: one call for a whole list of assets. An asset that was not in any of them
/// shows no last run in lists; its own page asks for it by name.
const RUNS_LOOKED_AT: u32 = 50;

/// The newest run of each asset among the organization's recent runs. Decoration: when the
/// orchestrator is away, assets are shown without it.
pub(crate) async fn recent(caller: &Caller) -> BTreeMap<String, LastRun> {
    newest(caller, String::new(), RUNS_LOOKED_AT).await
}

/// The newest run of one asset.
pub(crate) async fn of(caller: &Caller, asset_id: String) -> Option<LastRun> {
    newest(caller, asset_id.clone(), 1).await.remove(&asset_id)
}

async fn newest(caller: &Caller, asset_id: String, limit: u32) -> BTreeMap<String, LastRun> {
    let Ok(mut scans) = caller.scans() else {
        return BTreeMap::new();
    };
    let answer = scans
        .list_runs(ListRunsRequest {
            page: Some(PageRequest {
                cursor: String::new(),
                limit,
            }),
            asset_id,
            state: String::new(),
            kind: String::new(),
        })
        .await;
    let mut found = BTreeMap::new();
    let runs = match answer {
        Ok(answer) => answer.into_inner().runs,
        Err(status) => {
            tracing::warn!(error = %status, "assets are shown without their last run");
            return found;
        }
    };
    for run in runs {
        let Some(created_at) = Moment::maybe(run.created_at.as_ref()) else {
            continue;
        };
        let last = LastRun {
            id: run.id,
            state: run.state,
            created_at,
            finished_at: Moment::maybe(run.finished_at.as_ref()),
        };
        for asset in run.asset_ids {
            found.entry(asset).or_insert_with(|| last.clone());
        }
    }
    found
}
