//! Shows what is covered in evidence, on the record.
use axum::{
    Json,
    http::header::CACHE_CONTROL,
    response::{IntoResponse as _, Response},
};
use wt_proto::results::RevealEvidenceRequest;

use super::detail::Revealed;
use crate::rest::{
    access::{ExposuresRead, May},
    extract::{ExposureKey, Segment},
    problem::Problem,
};

/// Values that look like secrets in the latest evidence, as they were seen.
///
/// Each call leaves an audit record (`exposure.reveal`): who, of which exposure and event, how many
/// values; never a value.
#[utoipa::path(post, path = "/exposures/{key}/reveal", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    responses((status = 200, description = "attributes and evidence, uncovered", body = Revealed)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn reveal_evidence(
    caller: May<ExposuresRead>,
    Segment(key): Segment<ExposureKey>,
) -> Result<Response, Problem> {
    let request = RevealEvidenceRequest {
        key: key.to_string(),
    };
    let answer = caller.results()?.reveal_evidence(request).await?;
    let revealed: Revealed = answer.into_inner().into();
    // Whoever looks again leaves another record.
    Ok(([(CACHE_CONTROL, "no-store")], Json(revealed)).into_response())
}
