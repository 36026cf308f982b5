//! The organization's append-only ledger: its signed head and the key that signs it.
mod head;
mod key;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/ledger`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(head::get_ledger_head))
        .routes(routes!(key::get_ledger_key))
}
