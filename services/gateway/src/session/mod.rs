//! Who is at the other end of a connection: cookie sessions and their protection.
pub(crate) mod cookie;

use axum::{extract::FromRequestParts, http::request::Parts};
use wt_proto::tenant::Client;

use crate::rest::{auth::SessionMode, problem::Problem};

/// What a sign-in knows about the browser or program it comes from.
#[derive(Debug)]
pub(crate) struct FromBrowser {
    client: Client,
}

impl FromBrowser {
    /// For the session list and the audit log.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// A page of another site may not sign a browser in.
    pub(crate) fn require_same_origin_for(&self, _mode: SessionMode) -> Result<(), Problem> {
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FromBrowser {
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self {
            client: Client::default(),
        })
    }
}
