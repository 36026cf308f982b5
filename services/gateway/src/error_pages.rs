//! `GET /docs/errors/{code}`: what a problem's `type` links to (RFC 9457 §3.1.1).
//!
//! The pages are Markdown, served as text: nothing in them is rendered.

use axum::{extract::Path, response::Response};
use rust_embed::Embed;
use wt_fault::Kind;

use crate::{rest::problem::Problem, server::typed};

/// One page a code, in `docs/errors`.
#[derive(Embed)]
#[folder = "../../docs/errors"]
struct Pages;

/// Where a code's page is.
pub(crate) const PATH: &str = "/docs/errors/{code}";

/// The page of a code.
pub(crate) async fn page(Path(code): Path<String>) -> Result<Response, Problem> {
    match Pages::get(&format!("{code}.md")) {
        Some(page) => Ok(typed("text/plain; charset=utf-8", page.data.into_owned())),
        None => Err(Problem::new(
            Kind::NotFound,
            "request.unknown_path",
            "there is no such error code",
        )),
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Path;

    use super::page;

    #[tokio::test]
    async fn a_code_has_a_page_and_nothing_else_has() {
        assert!(page(Path("asset.not_found".to_owned())).await.is_ok());
        for other in ["", "asset", "../../README", "asset.not_found.md"] {
            assert!(page(Path(other.to_owned())).await.is_err(), "{other}");
        }
    }
}
