//! Records a decision about an exposure.
use axum::{Json, http::StatusCode};

use super::action::{Action, NewAction};
use crate::rest::{
    access::{ExposuresAct, May},
    extract::{Body, ExposureKey, Segment},
    problem::Problem,
};

/// Records a decision. It never changes what was observed.
#[utoipa::path(post, path = "/exposures/{key}/actions", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    request_body = NewAction,
    responses((status = 201, description = "recorded", body = Action)),
    extensions(("x-permission" = json!("exposures:act"))))]
pub(crate) async fn act_on_exposure(
    caller: May<ExposuresAct>,
    Segment(key): Segment<ExposureKey>,
    Body(new): Body<NewAction>,
) -> Result<(StatusCode, Json<Action>), Problem> {
    let action = caller
        .results()?
        .record_action(new.into_wire(key.to_string()))
        .await?
        .into_inner()
        .action
        .ok_or_else(|| Problem::broken_answer("record_action.action"))?;
    Ok((StatusCode::CREATED, Json(action.try_into()?)))
}
