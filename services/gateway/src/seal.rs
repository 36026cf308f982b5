//! Around every request: its id, its trace, its deadline, its problem document, its headers.
use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tracing::Instrument as _;
use wt_fault::Kind;
use wt_telemetry::propagate::{TraceContext, set_parent};

use crate::{Edge, limit::Told, rest::problem::Problem};

/// Most bytes of header names and values: a token and a browser's habits fit many times, and so
/// they do through the proxies people put in front (nginx takes 32 kB).
const HEADER_BYTES_MAX: usize = 32 << 10;
/// Names a request in answers and logs.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id taken from a proxy in front.
const REQUEST_ID_CHARS_MAX: usize = 64;
/// Only our own files, no inline code, nobody's frame (ASVS V3.4).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Wraps one request.
pub(crate) async fn seal(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let request_id = request_id(request.headers());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!(
        "http.request",
        http.method = %method,
        http.route = route,
        request.id = request_id,
        otel.kind = "server",
    );
    set_parent(&span, &trace_of(request.headers()));
    let told = Told::default();
    request.extensions_mut().insert(told.clone());
    let mut response = if header_bytes(request.headers()) > HEADER_BYTES_MAX {
        too_many_headers().into_response()
    } else {
        tokio::time::timeout(edge.answers_within(), next.run(request))
            .instrument(span.clone())
            .await
            .unwrap_or_else(|_elapsed| timed_out().into_response())
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        span.in_scope(|| log(&problem));
        response = problem.into_response_for(&request_id);
    }
    told.write(response.headers_mut());
    finish(response.headers_mut(), &request_id);
    let elapsed = began.elapsed();
    edge.metrics()
        .observe(&method, &route, response.status(), elapsed);
    tracing::debug!(parent: &span, http.status = response.status().as_u16(), elapsed_us = elapsed.as_micros(), "answered");
    response
}

fn timed_out() -> Problem {
    Problem::new(
        Kind::Deadline,
        "request.timed_out",
        "it took too long to answer",
    )
}

fn too_many_headers() -> Problem {
    Problem::new(
        Kind::TooLarge,
        "request.headers_too_large",
        format!("the headers are larger than {HEADER_BYTES_MAX} bytes"),
    )
    .with_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

fn log(problem: &Problem) {
    if problem.kind().is_operators() {
        tracing::error!(code = problem.code(), error = %problem, "a request failed");
    } else {
        tracing::info!(code = problem.code(), "a request was refused");
    }
}

fn finish(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // An answer whose address is a secret, or that quotes targets, brings stricter ones.
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

fn trace_of(headers: &HeaderMap) -> TraceContext {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    TraceContext {
        traceparent: text("traceparent"),
        tracestate: text("tracestate"),
    }
}

/// The id a proxy in front gave, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            !id.is_empty()
                && id.len() <= REQUEST_ID_CHARS_MAX
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
        .map_or_else(
            || format!("req-{:032x}", rand::random::<u128>()),
            str::to_owned,
        )
}
