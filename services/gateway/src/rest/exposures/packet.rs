//! Hands out the evidence packet, exactly as it was sealed (contracts §7).
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use wt_proto::results::GetPacketRequest;

use crate::rest::{
    access::{ExposuresRead, May},
    extract::{ExposureKey, Segment},
    problem::Problem,
};

/// The proof of the last transition, checkable offline with the ledger's public key.
#[utoipa::path(get, path = "/exposures/{key}/packet", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)")),
    responses((status = 200, description = "docs/contracts/packet.md", body = serde_json::Value)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_packet(
    caller: May<ExposuresRead>,
    Segment(key): Segment<ExposureKey>,
) -> Result<Response, Problem> {
    let packet = caller
        .results()?
        .get_packet(GetPacketRequest {
            key: key.to_string(),
        })
        .await?
        .into_inner()
        .packet_json;
    // Not parsed and written again: the bytes are what was hashed.
    Ok((
        [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{key}.packet.json\""),
            ),
        ],
        packet,
    )
        .into_response())
}
