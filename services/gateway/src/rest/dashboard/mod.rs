//! The organization at a glance.
mod get;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/dashboard`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get::get_dashboard))
}
