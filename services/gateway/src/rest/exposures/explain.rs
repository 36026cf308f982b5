//! Says why an exposure is in its state.
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::results::ExplainExposureRequest;

use crate::rest::{
    access::{ExposuresRead, May},
    extract::{ExposureKey, Segment},
    problem::Problem,
};

/// Why an exposure is in its state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// The state.
    #[schema(schema_with = crate::rest::words::exposure_state)]
    state: String,
    /// Sentences, in order.
    because: Vec<String>,
    /// What would make it FIXED.
    to_be_fixed: Vec<String>,
}

/// Why the exposure is in its state and what would make it FIXED.
#[utoipa::path(get, path = "/exposures/{key}/explain", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    responses((status = 200, description = "the explanation", body = Explanation)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn explain_exposure(
    caller: May<ExposuresRead>,
    Segment(key): Segment<ExposureKey>,
) -> Result<Json<Explanation>, Problem> {
    let answer = caller
        .results()?
        .explain_exposure(ExplainExposureRequest {
            key: key.to_string(),
        })
        .await?
        .into_inner();
    Ok(Json(Explanation {
        state: answer.state,
        because: answer.because,
        to_be_fixed: answer.to_be_fixed,
    }))
}
