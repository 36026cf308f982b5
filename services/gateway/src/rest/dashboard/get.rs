//! Counts by state and severity, how urgent things are, and the last run.
use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wt_proto::{
    asset::CountAssetsRequest, common::PageRequest, results::GetDashboardRequest,
    scan::ListRunsRequest,
};

use crate::rest::{
    access::{ExposuresRead, May},
    exposures::Exposure,
    extract::{Checked, Params},
    moment::Moment,
    problem::Problem,
    scans::Run,
};

/// Since when events count.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DashboardQuery {
    /// Since when events count; a day when left out.
    #[serde(default)]
    since: Option<Moment>,
    /// Exposures by state and severity as they were at this moment; everything else of exposures
    /// is empty then. Now when left out.
    #[serde(default)]
    as_of: Option<Moment>,
}

impl Checked for DashboardQuery {}

/// The organization at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dashboard {
    /// Exposures by state.
    by_state: BTreeMap<String, u64>,
    /// Open and unresponsive exposures by severity.
    by_severity: BTreeMap<String, u64>,
    /// Events by type since then.
    events_since: BTreeMap<String, u64>,
    /// The newest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_run: Option<Run>,
    /// Assets.
    assets: AssetCounts,
    /// How urgent things are altogether, from 0 to 100 (docs/guides/risk.md).
    #[schema(maximum = 100)]
    score: u32,
    /// What to do next: the most urgent exposures that nobody accepted, declared wrong or is
    /// repairing; at most five.
    next: Vec<Exposure>,
    /// Open and unresponsive exposures by how their clock stands: `none`, `paused`, `within`,
    /// `breached`.
    by_sla: BTreeMap<String, u64>,
}

/// Assets of the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetCounts {
    /// All.
    total: u64,
    /// With a live authorization.
    verified: u64,
}

/// Counts of exposures and assets, what to do next, and the newest run.
///
/// Also needs `assets:read` and `runs:read`.
#[utoipa::path(get, path = "/dashboard", tag = "dashboard", params(DashboardQuery),
    responses((status = 200, description = "the counts", body = Dashboard)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_dashboard(
    caller: May<ExposuresRead>,
    Params(query): Params<DashboardQuery>,
) -> Result<Json<Dashboard>, Problem> {
    let (mut results, mut assets, mut scans) =
        (caller.results()?, caller.assets()?, caller.scans()?);
    let (counts, assets, runs) = futures::try_join!(
        results.get_dashboard(GetDashboardRequest {
            since: query.since.map(Moment::to_wire),
            as_of: query.as_of.map(Moment::to_wire),
        }),
        assets.count_assets(CountAssetsRequest {}),
        scans.list_runs(ListRunsRequest {
            page: Some(PageRequest {
                cursor: String::new(),
                limit: 1,
            }),
            ..ListRunsRequest::default()
        }),
    )?;
    let (counts, assets) = (counts.into_inner(), assets.into_inner());
    Ok(Json(Dashboard {
        by_state: counts.by_state,
        by_severity: counts.by_severity,
        events_since: counts.events_since,
        last_run: runs
            .into_inner()
            .runs
            .into_iter()
            .next()
            .map(TryFrom::try_from)
            .transpose()?,
        assets: AssetCounts {
            total: assets.total,
            verified: assets.verified,
        },
        score: counts.score,
        by_sla: counts.by_sla,
        next: counts
            .next
            .into_iter()
            .map(TryFrom::try_from)
            .collect::<Result<_, _>>()?,
    }))
}
