//! Shows the newest signed tree head.
use axum::Json;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use utoipa::ToSchema;
use wt_fault::Kind;
use wt_proto::results::{self as wire, GetTreeHeadRequest};

use crate::rest::{
    access::{ExposuresRead, May},
    moment::Moment,
    page::page,
    problem::{Problem, ProblemDocument},
};

/// A signed tree head (RFC 6962 shape).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TreeHead {
    /// Leaves in the tree.
    tree_size: u64,
    /// Root hash, hex.
    root_hash: String,
    /// When it was signed.
    at: Moment,
    /// Key that signed it.
    key_id: String,
    /// Ed25519 signature.
    #[schema(format = "byte")]
    signature: String,
}

impl TryFrom<wire::TreeHead> for TreeHead {
    type Error = Problem;

    fn try_from(head: wire::TreeHead) -> Result<Self, Problem> {
        Ok(Self {
            tree_size: head.tree_size,
            root_hash: hex::encode(&head.root_hash),
            at: Moment::required("tree_head.at", head.at.as_ref())?,
            key_id: head.key_id,
            signature: STANDARD.encode(&head.signature),
        })
    }
}

page!(
    /// Signed tree heads, newest first.
    TreeHeadPage of TreeHead
);

/// The newest signed head of the organization's ledger; there is none before the first event.
#[utoipa::path(get, path = "/ledger/head", tag = "ledger",
    responses(
        (status = 200, description = "the head", body = TreeHead),
        (status = 404, description = "nothing has been recorded yet", body = ProblemDocument,
            content_type = "application/problem+json")),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_ledger_head(caller: May<ExposuresRead>) -> Result<Json<TreeHead>, Problem> {
    let head = caller
        .results()?
        .get_tree_head(GetTreeHeadRequest {})
        .await?
        .into_inner();
    if head.tree_size == 0 {
        return Err(Problem::new(
            Kind::NotFound,
            "ledger.empty",
            "nothing has been recorded in this organization's ledger yet",
        ));
    }
    TreeHead::try_from(wire::TreeHead {
        tree_size: head.tree_size,
        root_hash: head.root_hash,
        at: head.at,
        key_id: head.key_id,
        signature: head.signature,
    })
    .map(Json)
}
