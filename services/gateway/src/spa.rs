//! The web app: built into this program, or read from a folder.
//!
//! Unknown paths are the app's own routes and get its page; unknown paths below `/api` are
//! refusals. Files with a digest in their name never change, so browsers keep them for a year.
use std::path::{Component, Path, PathBuf};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use rust_embed::Embed;
use wt_fault::Kind;

use crate::{Edge, rest::problem::Problem};

/// What `npm run build` made. In debug builds the files are read from disk as they are asked for.
#[derive(Embed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// Shown where the web app was not built.
const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Watchtower</title></head>\
<body><h1>Watchtower</h1><p>The web app is not part of this build. The API is at <a href=\"/api/docs\">/api/docs</a>.</p></body></html>";

/// Folder of files with a digest in their name (Vite's default).
const HASHED: &str = "assets/";

/// Everything that is no operation of the API.
pub(crate) async fn fallback(State(edge): State<Edge>, method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::new(
            Kind::NotFound,
            "request.unknown_path",
            format!("there is nothing at {}", uri.path()),
        )
        .advising("see /api/docs")
        .into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::new(
            Kind::Invalid,
            "request.method_not_allowed",
            "only GET is answered here",
        )
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .into_response();
    }
    match read(edge.web_dir(), path).await {
        Some(bytes) => file(path, bytes),
        // A missing file is missing; everything else is a page of the app.
        None if path.starts_with(HASHED) || has_extension(path) => Problem::new(
            Kind::NotFound,
            "request.unknown_path",
            "there is no such file",
        )
        .into_response(),
        None => match read(edge.web_dir(), "index.html").await {
            Some(bytes) => file("index.html", bytes),
            None => file("index.html", Bytes::from_static(PLACEHOLDER.as_bytes())),
        },
    }
}

fn has_extension(path: &str) -> bool {
    Path::new(path).extension().is_some()
}

async fn read(folder: Option<&Path>, path: &str) -> Option<Bytes> {
    let path = if path.is_empty() { "index.html" } else { path };
    match folder {
        Some(folder) => tokio::fs::read(inside(folder, path)?)
            .await
            .ok()
            .map(Bytes::from),
        None => Built::get(path).map(|file| match file.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        }),
    }
}

/// The file below `folder`, unless the path tries to leave it.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
        .then(|| folder.join(path))
}

fn file(path: &str, bytes: Bytes) -> Response {
    let caching = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(path)),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

/// The few kinds of file a built app has.
fn media_type(path: &str) -> &'static str {
    match Path::new(path)
        .extension()
        .and_then(|extension| extension.to_str())
    {
        Some("html") | None => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::inside;

    #[test]
    fn a_path_cannot_leave_the_folder() {
        let folder = Path::new("/srv/web");
        assert!(inside(folder, "assets/app.js").is_some());
        for path in [
            "../etc/passwd",
            "assets/../../etc/passwd",
            "/etc/passwd",
            "./x",
        ] {
            assert!(inside(folder, path).is_none(), "{path}");
        }
    }
}
