//! How urgent things are.
mod get;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/risk`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get::get_risk))
}
