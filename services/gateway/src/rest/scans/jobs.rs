//! Lists the jobs of a run.
use axum::Json;
use wt_model::RunId;
use wt_proto::scan::ListJobsRequest;

use super::JobPage;
use crate::rest::{
    access::{May, RunsRead},
    extract::{Params, Segment},
    page::PageQuery,
    problem::Problem,
};

/// Jobs of a run.
#[utoipa::path(get, path = "/scans/{run_id}/jobs", tag = "scans",
    params(("run_id" = String, Path, description = "run (`run_…`)"), PageQuery),
    responses((status = 200, description = "a page of jobs", body = JobPage)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn list_jobs(
    caller: May<RunsRead>,
    Segment(run): Segment<RunId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<JobPage>, Problem> {
    let answer = caller
        .scans()?
        .list_jobs(ListJobsRequest {
            run_id: run.to_string(),
            page: Some(page.into()),
        })
        .await?
        .into_inner();
    JobPage::from_wire(answer.jobs, answer.next_cursor).map(Json)
}
