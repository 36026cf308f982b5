//! Tells the history of a run.
use axum::Json;
use wt_model::RunId;
use wt_proto::scan::ListTransitionsRequest;

use super::TransitionPage;
use crate::rest::{
    access::{May, RunsRead},
    extract::Segment,
    problem::Problem,
};

/// Every change of state of a run and its jobs, oldest first.
#[utoipa::path(get, path = "/scans/{run_id}/transitions", tag = "scans",
    params(("run_id" = String, Path, description = "run (`run_…`)")),
    responses((status = 200, description = "the history", body = TransitionPage)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn list_transitions(
    caller: May<RunsRead>,
    Segment(run): Segment<RunId>,
) -> Result<Json<TransitionPage>, Problem> {
    let answer = caller
        .scans()?
        .list_transitions(ListTransitionsRequest {
            run_id: run.to_string(),
        })
        .await?
        .into_inner();
    TransitionPage::from_wire(answer.transitions, String::new()).map(Json)
}
