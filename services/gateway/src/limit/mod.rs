//! How much one caller may ask.
use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{Edge, rest::problem::Problem};

/// Permission to try to sign in once more.
#[derive(Debug)]
pub(crate) struct AuthBudget;

impl FromRequestParts<Edge> for AuthBudget {
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, _edge: &Edge) -> Result<Self, Problem> {
        Ok(Self)
    }
}
