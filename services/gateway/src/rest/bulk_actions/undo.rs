//! Takes one action on many exposures back.
use axum::{Json, http::StatusCode};
use wt_model::BulkId;
use wt_proto::results::UndoBulkRequest;

use super::BulkAction;
use crate::rest::{
    access::{ExposuresAct, May},
    extract::Segment,
    problem::Problem,
};

/// Takes a bulk back, once: what stood before stands again, except where somebody decided
/// anything else since. Nothing is erased; the inverse actions are recorded.
#[utoipa::path(post, path = "/bulk-actions/{id}/undo", tag = "exposures",
    params(("id" = String, Path, description = "bulk (`blk_…`)")),
    responses((status = 201, description = "the bulk that takes it back", body = BulkAction)),
    extensions(("x-permission" = json!("exposures:act"))))]
pub(crate) async fn undo_bulk_action(
    caller: May<ExposuresAct>,
    Segment(id): Segment<BulkId>,
) -> Result<(StatusCode, Json<BulkAction>), Problem> {
    let request = UndoBulkRequest {
        bulk_id: id.to_string(),
    };
    let bulk = caller
        .results()?
        .undo_bulk(request)
        .await?
        .into_inner()
        .bulk
        .ok_or_else(|| Problem::broken_answer("undo_bulk.bulk"))?;
    Ok((StatusCode::CREATED, Json(bulk.try_into()?)))
}
