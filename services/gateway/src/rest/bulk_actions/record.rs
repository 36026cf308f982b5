//! Records one action on many exposures.
use axum::{Json, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use wt_proto::results::RecordBulkRequest;

use super::{BulkAction, Selection};
use crate::rest::{
    access::{ExposuresAct, May},
    exposures::action::NewAction,
    extract::{Body, Checked},
    idempotency::IdempotencyKey,
    problem::Problem,
};

/// An action on many exposures, to be recorded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBulkAction {
    /// Which exposures.
    selection: Selection,
    /// What is decided; not `request_verify`.
    action: NewAction,
    /// `matching` of the preview: refused (`bulk.grew`) when it fits more by now.
    #[serde(default)]
    expected: u64,
}

impl Checked for NewBulkAction {
    fn check(&self) -> Result<(), Problem> {
        self.action.check()
    }
}

/// Records one action on everything a filter fits, in one transaction; at most 10,000.
#[utoipa::path(post, path = "/bulk-actions", tag = "exposures",
    params(IdempotencyKey), request_body = NewBulkAction,
    responses((status = 201, description = "recorded", body = BulkAction)),
    extensions(("x-permission" = json!("exposures:act"))))]
pub(crate) async fn record_bulk_action(
    caller: May<ExposuresAct>,
    idempotency: IdempotencyKey,
    Body(new): Body<NewBulkAction>,
) -> Result<(StatusCode, Json<BulkAction>), Problem> {
    let bulk = caller
        .results()?
        .record_bulk(RecordBulkRequest {
            selection: Some(new.selection.into()),
            action: Some(new.action.into_wire(String::new())),
            expected: new.expected,
            idempotency_key: idempotency.into_text(),
        })
        .await?
        .into_inner()
        .bulk
        .ok_or_else(|| Problem::broken_answer("record_bulk.bulk"))?;
    Ok((StatusCode::CREATED, Json(bulk.try_into()?)))
}
