//! What other companies' servers tell us: public, signed, and passed on as it came.
mod stripe;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/hooks`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(stripe::hear_stripe))
}
