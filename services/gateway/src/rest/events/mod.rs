//! The live stream.
mod stream;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// Routes of `/events`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(stream::stream_events))
}
