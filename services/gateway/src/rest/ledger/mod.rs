//! The organization's append-only ledger: its signed heads, that it only grew, and the keys that sign it.
mod consistency;
mod head;
mod heads;
mod key;
pub(crate) mod keys;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/ledger`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(head::get_ledger_head))
        .routes(routes!(heads::list_ledger_heads))
        .routes(routes!(consistency::get_ledger_consistency))
        .routes(routes!(key::get_ledger_key))
        .routes(routes!(keys::list_ledger_keys))
}
