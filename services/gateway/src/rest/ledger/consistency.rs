//! Proves that the ledger only grew.
use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use wt_proto::results::ProveGrowthRequest;

use crate::rest::{
    access::{ExposuresRead, May},
    extract::{Checked, Params},
    problem::Problem,
};

/// Between which heads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GrowthQuery {
    /// Size of the earlier head.
    #[param(minimum = 1)]
    from: u64,
    /// Size of the later head; the newest without.
    #[serde(default)]
    #[param(minimum = 1)]
    to: Option<u64>,
}

impl Checked for GrowthQuery {}

/// That the tree of the later head begins with the tree of the earlier one, checkable offline with
/// the ledger's public key.
#[utoipa::path(get, path = "/ledger/consistency", tag = "ledger", params(GrowthQuery),
    responses((status = 200, description = "docs/contracts/packet.md", body = serde_json::Value)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_ledger_consistency(
    caller: May<ExposuresRead>,
    Params(GrowthQuery { from, to }): Params<GrowthQuery>,
) -> Result<Response, Problem> {
    let proof = caller
        .results()?
        .prove_growth(ProveGrowthRequest {
            from_size: from,
            to_size: to.unwrap_or_default(),
        })
        .await?
        .into_inner()
        .proof_json;
    // Not parsed and written again: the bytes are what is checked.
    Ok(([(header::CONTENT_TYPE, "application/json")], proof).into_response())
}
