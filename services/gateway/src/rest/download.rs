//! Answers that a browser saves, streamed: memory is one piece, however long they are.
use std::io;

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse as _, Response},
};
use futures::Stream;

/// Policy of documents that quote what targets sent: no scripts, no forms, no origin. Inline styles
/// are the document's own and cannot reach anything from inside a sandbox.
pub(super) const SANDBOX: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// What `pieces` bring, saved as `name` with this media type. After an error among them the
/// connection breaks off, which a client can tell from an end.
pub(crate) fn streamed(
    (media, name): (&'static str, &'static str),
    pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    (
        [
            (header::CONTENT_TYPE, media.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        Body::from_stream(pieces),
    )
        .into_response()
}
