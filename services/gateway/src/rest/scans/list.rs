//! Lists runs.
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::{AssetId, RunKind, RunState};
use wt_proto::scan::ListRunsRequest;

use super::RunPage;
use crate::rest::{
    access::{May, RunsRead},
    extract::{Checked, Params},
    page::PageQuery,
    problem::Problem,
    words::Word,
};

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunFilter {
    /// Only those that look at this asset.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    asset_id: Word<AssetId>,
    /// Only in this state.
    #[serde(default)]
    #[param(schema_with = crate::rest::words::asked_run_state, required = false)]
    state: Word<RunState>,
    /// Only of this kind.
    #[serde(default)]
    #[param(schema_with = crate::rest::words::asked_run_kind, required = false)]
    kind: Word<RunKind>,
}

impl Checked for RunFilter {}

/// Runs of the organization, newest first.
#[utoipa::path(get, path = "/scans", tag = "scans", params(RunFilter, PageQuery),
    responses((status = 200, description = "a page of runs", body = RunPage)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn list_scans(
    caller: May<RunsRead>,
    Params(filter): Params<RunFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<RunPage>, Problem> {
    let answer = caller
        .scans()?
        .list_runs(ListRunsRequest {
            page: Some(page.into()),
            asset_id: filter.asset_id.to_word(),
            state: filter.state.to_word(),
            kind: filter.kind.to_word(),
        })
        .await?
        .into_inner();
    RunPage::from_wire(answer.runs, answer.next_cursor).map(Json)
}
