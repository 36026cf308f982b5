//! Shows one exposure.
use axum::Json;
use wt_proto::results::GetExposureRequest;

use super::detail::ExposureDetail;
use crate::rest::{
    access::{ExposuresRead, May},
    extract::{ExposureKey, Segment},
    problem::Problem,
};

/// One exposure with its latest evidence.
#[utoipa::path(get, path = "/exposures/{key}", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    responses((status = 200, description = "the exposure", body = ExposureDetail)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_exposure(
    caller: May<ExposuresRead>,
    Segment(key): Segment<ExposureKey>,
) -> Result<Json<ExposureDetail>, Problem> {
    let answer = caller
        .results()?
        .get_exposure(GetExposureRequest {
            key: key.to_string(),
        })
        .await?
        .into_inner();
    Ok(Json(answer.try_into()?))
}
