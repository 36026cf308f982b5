//! The newest run of each asset, as far as the last page of runs says.
use std::{collections::BTreeMap, sync::Arc, time::Duration};

use moka::future::Cache;
use wt_model::{Permission, TenantKey};
use wt_proto::{common::PageRequest, scan::ListRunsRequest};

use super::LastRun;
use crate::rest::{access::Caller, moment::Moment};

/// Runs looked at: one call for a whole list of assets. An asset that was not in any of them
/// shows no last run in lists; its own page asks for it by name.
const RUNS_LOOKED_AT: u32 = 50;

/// How long what was found is shown again: lists are asked for far more often than runs change.
/// A change that is heard of ends it sooner.
const SHOWN_FOR: Duration = Duration::from_secs(1);
/// Organizations remembered at once; about 10 kB each.
const ORGANIZATIONS_MAX: u64 = 1_000;

/// Newest runs by asset.
type Newest = Arc<BTreeMap<String, LastRun>>;

/// The recent runs of every organization that looked at its assets within the last second.
#[derive(Debug)]
pub(crate) struct RecentRuns(Cache<TenantKey, Newest>);

impl RecentRuns {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(ORGANIZATIONS_MAX)
                .time_to_live(SHOWN_FOR)
                .build(),
        )
    }

    /// Something happened to a run of this organization.
    pub(crate) async fn forget(&self, tenant: TenantKey) {
        self.0.invalidate(&tenant).await;
    }
}

/// The newest run of each asset among the organization's recent runs; callers at the same time
/// share one question. Decoration: when the orchestrator is away, assets are shown without it.
pub(crate) async fn recent(caller: &Caller) -> Newest {
    let (Some(tenant), true) = (
        caller.principal().tenant_key,
        caller.principal().holds(Permission::RunsRead),
    ) else {
        // What the orchestrator shows this caller may be less than what it shows others.
        return ask(caller, String::new(), RUNS_LOOKED_AT)
            .await
            .unwrap_or_default();
    };
    let runs = &caller.edge().recent_runs().0;
    runs.try_get_with(tenant, ask(caller, String::new(), RUNS_LOOKED_AT))
        .await
        .unwrap_or_default()
}

/// The newest run of one asset.
pub(crate) async fn of(caller: &Caller, asset_id: String) -> Option<LastRun> {
    let found = ask(caller, asset_id.clone(), 1).await.ok()?;
    found.get(&asset_id).cloned()
}

async fn ask(caller: &Caller, asset_id: String, limit: u32) -> Result<Newest, Unanswered> {
    let answer = caller
        .scans()
        .map_err(|_problem| Unanswered)?
        .list_runs(ListRunsRequest {
            page: Some(PageRequest {
                cursor: String::new(),
                limit,
            }),
            asset_id,
            state: String::new(),
            kind: String::new(),
        })
        .await
        .map_err(|status| {
            tracing::warn!(error = %status, "assets are shown without their last run");
            Unanswered
        })?;
    let mut found = BTreeMap::new();
    for run in answer.into_inner().runs {
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
    Ok(Arc::new(found))
}

/// The orchestrator did not say; it was logged, and is asked again the next time.
#[derive(Debug, Clone, Copy)]
struct Unanswered;
