//! The organization's append-only ledger: its signed heads, that it only grew, and the key that signs it.
mod consistency;
mod head;
mod heads;
mod key;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/ledger`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(head::get_ledger_head))
        .routes(routes!(heads::list_ledger_heads))
        .routes(routes!(consistency::get_ledger_consistency))
        .routes(routes!(key::get_ledger_key))
}
