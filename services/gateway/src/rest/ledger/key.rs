//! Hands out the public key that checks packets.
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::results::GetTreeHeadRequest;

use crate::rest::{
    access::{ExposuresRead, May},
    problem::Problem,
};

/// A public key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerKey {
    /// Its name in packets and heads.
    key_id: String,
    /// `Ed25519`.
    algorithm: &'static str,
    /// SPKI PEM.
    public_key_pem: String,
}

/// The public key that signs now, for `watchtower verify-packet`. It also checks what the keys
/// before it signed, together with `/ledger/keys`.
#[utoipa::path(get, path = "/ledger/key", tag = "ledger",
    responses((status = 200, description = "the key", body = LedgerKey)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_ledger_key(caller: May<ExposuresRead>) -> Result<Json<LedgerKey>, Problem> {
    let head = caller
        .results()?
        .get_tree_head(GetTreeHeadRequest {})
        .await?
        .into_inner();
    Ok(Json(LedgerKey {
        key_id: head.public_key_id,
        algorithm: "Ed25519",
        public_key_pem: head.public_key_pem,
    }))
}
