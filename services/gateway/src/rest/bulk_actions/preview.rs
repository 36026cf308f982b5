//! Says what one action on many exposures would do.
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_model::ActionKind;
use wt_proto::results::PreviewBulkRequest;

use super::Selection;
use crate::rest::{
    access::{ExposuresAct, May},
    extract::{Body, Checked},
    problem::Problem,
};

/// An action on many exposures, to be looked at first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkPreviewRequest {
    /// Which exposures.
    selection: Selection,
    /// What would be decided.
    #[schema(schema_with = crate::rest::words::action_kind)]
    kind: ActionKind,
}

impl Checked for BulkPreviewRequest {}

/// What it would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkPreview {
    /// Exposures it is about, at most `limit`: the `expected` of the action.
    matching: u64,
    /// Those of them it suits as they stand.
    suitable: u64,
    /// Whether there are more than `limit`: then it is refused, and has to be narrowed.
    too_many: bool,
    /// Most exposures of one action.
    limit: u64,
}

/// How many exposures an action would be about, and how many it suits. Changes nothing.
#[utoipa::path(post, path = "/bulk-actions/preview", tag = "exposures",
    request_body = BulkPreviewRequest,
    responses((status = 200, description = "what it would do", body = BulkPreview)),
    extensions(("x-permission" = json!("exposures:act"))))]
pub(crate) async fn preview_bulk_action(
    caller: May<ExposuresAct>,
    Body(asked): Body<BulkPreviewRequest>,
) -> Result<Json<BulkPreview>, Problem> {
    let answer = caller
        .results()?
        .preview_bulk(PreviewBulkRequest {
            selection: Some(asked.selection.into()),
            kind: asked.kind.to_string(),
        })
        .await?
        .into_inner();
    Ok(Json(BulkPreview {
        matching: answer.matching,
        suitable: answer.suitable,
        too_many: answer.too_many,
        limit: answer.limit,
    }))
}
