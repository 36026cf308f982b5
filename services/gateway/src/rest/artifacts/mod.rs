//! Stored bytes, as attachments and nothing else.
mod get;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/artifacts`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get::get_artifact))
}
