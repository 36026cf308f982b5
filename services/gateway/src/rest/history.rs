//! From when on the history is there.
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results::GetRetentionRequest;

use super::{
    access::{ExposuresRead, May},
    moment::Moment,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/history`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_history))
}

/// How long history is kept by the plan (docs/guides/history.md). What stands, its proof, decisions,
/// the ledger and the audit log are always kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// It is whole from here on: `as_of`, comparisons and trends say nothing about before. Null:
    /// from the beginning.
    #[schema(required = true)]
    kept_since: Option<Moment>,
    /// Days the plan keeps; null until a first plan was known for 30 days: all of it.
    #[schema(required = true)]
    days: Option<u32>,
    /// Days that a plan which keeps less will keep; null for none.
    #[schema(required = true)]
    next_days: Option<u32>,
    /// When those will count.
    #[schema(required = true)]
    next_from: Option<Moment>,
}

/// From when on the history is kept by the plan.
#[utoipa::path(get, path = "/history", tag = "dashboard",
    responses((status = 200, description = "how long history is kept", body = History)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_history(caller: May<ExposuresRead>) -> Result<Json<History>, Problem> {
    let answer = caller
        .results()?
        .get_retention(GetRetentionRequest {})
        .await?
        .into_inner();
    let some = |days: u32| (days > 0).then_some(days);
    Ok(Json(History {
        kept_since: Moment::maybe(answer.kept_since.as_ref()),
        days: some(answer.days),
        next_days: some(answer.next_days),
        next_from: Moment::maybe(answer.next_from.as_ref()),
    }))
}
