//! Which version of a thing was read, and whether an edit is of that one (RFC 9110 §13).
use axum::{
    Json,
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use wt_fault::Kind;

use super::problem::Problem;

/// Code of the services' refusal to edit what changed meanwhile.
const STALE: &str = "request.stale";

/// The version an edit is of: `If-Match: "3"`. Zero, for whichever, without the header or with `*`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IfMatch(pub(crate) u64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self(0));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(0));
        }
        text.strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|version| version.parse().ok())
            .filter(|version| *version > 0)
            .map(Self)
            // A tag that was never ours matches nothing.
            .ok_or_else(|| {
                failed(Problem::new(
                    Kind::Precondition,
                    STALE,
                    "if-match is not the etag of any version",
                ))
            })
    }
}

/// The refusal of an edit; one of what changed meanwhile answers 412, as the RFC has it.
pub(crate) fn refused(status: wt_rpc::Status) -> Problem {
    let problem = Problem::from(status);
    if problem.code() == STALE {
        failed(problem)
    } else {
        problem
    }
}

fn failed(problem: Problem) -> Problem {
    problem.with_status(StatusCode::PRECONDITION_FAILED)
}

/// A thing with its version as `etag`.
pub(crate) fn tagged<T: Serialize>(status: StatusCode, version: u64, thing: T) -> Response {
    let tag = format!("\"{version}\"");
    (status, [(header::ETAG, tag)], Json(thing)).into_response()
}
