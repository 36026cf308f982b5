//! Shows one exposure.
use axum::Json;
use wt_proto::results::GetExposureRequest;

use super::{detail::ExposureDetail, tickets};
use crate::rest::{
    access::{ExposuresRead, May},
    extract::{ExposureKey, Segment},
    problem::Problem,
};

/// One exposure with its latest evidence and its issues.
#[utoipa::path(get, path = "/exposures/{key}", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    responses((status = 200, description = "the exposure", body = ExposureDetail)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_exposure(
    caller: May<ExposuresRead>,
    Segment(key): Segment<ExposureKey>,
) -> Result<Json<ExposureDetail>, Problem> {
    let mut results = caller.results()?;
    let asked = results.get_exposure(GetExposureRequest {
        key: key.to_string(),
    });
    let (answer, tickets) = tokio::join!(asked, tickets::of(&caller, key.to_string()));
    let mut detail: ExposureDetail = answer?.into_inner().try_into()?;
    detail.tickets = tickets;
    Ok(Json(detail))
}
