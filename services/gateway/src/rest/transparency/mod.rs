//! Tree heads that an organization shows to everybody, without sign-in (docs/guides/transparency.md):
//! the settings of the page, and what anybody reads.
mod public;
mod settings;

use axum::http::{HeaderName, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::results as wire;

use crate::Edge;

/// A minute: heads come in with scans, and a page that was turned off is soon gone everywhere.
const CACHE: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=60");

/// Routes of `/ledger/transparency` and `/transparency`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(
            settings::get_transparency,
            settings::put_transparency,
            settings::delete_transparency
        ))
        .routes(routes!(public::get_public_ledger))
        .routes(routes!(public::list_public_heads))
        .routes(routes!(public::get_public_consistency))
}

/// A signed tree head, spelled as it was signed (docs/contracts/packet.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicHead {
    /// When it was signed, RFC 3339 in UTC, exactly as signed.
    at: String,
    /// Key that signed it.
    key_id: String,
    /// Root hash, hex.
    root_hash: String,
    /// Ed25519 signature.
    #[schema(format = "byte")]
    signature: String,
    /// Whose tree: the id is part of what is signed.
    tenant_key: String,
    /// Leaves in the tree.
    tree_size: u64,
}

impl From<wire::PublicHead> for PublicHead {
    fn from(head: wire::PublicHead) -> Self {
        Self {
            at: head.at,
            key_id: head.key_id,
            root_hash: head.root_hash,
            signature: head.signature,
            tenant_key: head.tenant_key,
            tree_size: head.tree_size,
        }
    }
}

/// Signed tree heads, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicHeadPage {
    /// The rows.
    items: Vec<PublicHead>,
    /// Where the next page starts; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// What everybody sees of an organization's ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicLedger {
    /// In the address.
    name: String,
    /// What the organization calls itself here; empty if it does not say.
    label: String,
    /// Whose tree: the id that is part of every head.
    tenant_key: String,
    /// The newest head; null before the first entry.
    #[schema(required = true)]
    head: Option<PublicHead>,
}

/// What is at the name of a page; what cannot be one is simply not there.
impl super::extract::Addressed for wt_model::PublicName {
    const NOT_FOUND: &'static str = "transparency.not_found";
    const NOUN: &'static str = "ledger shown under this name";
}
