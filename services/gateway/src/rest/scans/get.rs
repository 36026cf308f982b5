//! Shows one run.
use axum::Json;
use wt_model::RunId;
use wt_proto::scan::GetRunRequest;

use super::Run;
use crate::rest::{
    access::{May, RunsRead},
    extract::Segment,
    problem::Problem,
};

/// One run.
#[utoipa::path(get, path = "/scans/{run_id}", tag = "scans",
    params(("run_id" = String, Path, description = "run (`run_…`)")),
    responses((status = 200, description = "the run", body = Run)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn get_scan(
    caller: May<RunsRead>,
    Segment(run): Segment<RunId>,
) -> Result<Json<Run>, Problem> {
    let run = caller
        .scans()?
        .get_run(GetRunRequest {
            run_id: run.to_string(),
        })
        .await?
        .into_inner()
        .run
        .ok_or_else(|| Problem::broken_answer("get_run.run"))?;
    Ok(Json(run.try_into()?))
}
