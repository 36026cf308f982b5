//! Hands out the evidence packet, exactly as it was sealed, or to read (contracts §7).
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use wt_proto::results::GetPacketRequest;

use crate::rest::{
    access::{ExposuresRead, May},
    download::SANDBOX,
    extract::{Checked, ExposureKey, Params, Segment},
    problem::Problem,
};

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PacketQuery {
    /// `json` when left out.
    #[serde(default)]
    #[param(inline)]
    format: PacketForm,
}

/// Form of a packet.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PacketForm {
    /// What is proven, byte for byte.
    #[default]
    Json,
    /// A page that says what is in it.
    Html,
    /// The same as pages.
    Pdf,
}

impl Checked for PacketQuery {}

/// The proof of the last transition, checkable offline with the ledger's public key.
#[utoipa::path(get, path = "/exposures/{key}/packet", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)"), PacketQuery),
    responses((status = 200, description = "docs/contracts/packet.md", content(
        (serde_json::Value = "application/json"),
        (String = "text/html"),
        (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_packet(
    caller: May<ExposuresRead>,
    Segment(key): Segment<ExposureKey>,
    Params(query): Params<PacketQuery>,
) -> Result<Response, Problem> {
    let (word, media) = match query.format {
        PacketForm::Json => ("json", "application/json"),
        PacketForm::Html => ("html", "text/html; charset=utf-8"),
        PacketForm::Pdf => ("pdf", "application/pdf"),
    };
    let answer = caller
        .results()?
        .get_packet(GetPacketRequest {
            key: key.to_string(),
            format: word.to_owned(),
        })
        .await?
        .into_inner();
    let name = format!("attachment; filename=\"{key}.packet.{word}\"");
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    let mut response = match query.format {
        // Not parsed and written again: the bytes are what was hashed.
        PacketForm::Json => (headers, answer.packet_json).into_response(),
        PacketForm::Html | PacketForm::Pdf => (headers, answer.document).into_response(),
    };
    if query.format != PacketForm::Json {
        let sandbox = HeaderValue::from_static(SANDBOX);
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, sandbox);
    }
    Ok(response)
}
