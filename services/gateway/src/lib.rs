//! Edge: REST, sessions, SSE and the web app.
#![expect(
    unused_qualifications,
    reason = "utoipa names parameter types by their whole path"
)]

mod clients;
mod limit;
pub mod openapi;
mod rest;
mod session;

use std::sync::Arc;

use axum::http::request::Parts;
use wt_model::Principal;

use rest::problem::Problem;

/// The process's state, shared by every request.
#[derive(Debug, Clone)]
pub struct Edge(Arc<()>);

impl Edge {
    async fn identify(&self, _parts: &Parts) -> Result<Principal, Problem> {
        Err(Problem::unauthenticated())
    }

    fn forget_session(&self, _principal: &Principal) {
        let _ = &self.0;
    }
}
