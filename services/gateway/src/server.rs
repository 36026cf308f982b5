//! The HTTP door: routes, what surrounds them, and how it opens and closes.
use std::{io, net::SocketAddr, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate as _, SizeAbove},
    },
};
use wt_bus::Bus;
use wt_fault::Kind;
use wt_lifecycle::{Life, StartError};
use wt_model::REQUEST_BODY_BYTES_MAX;
use wt_proto::tenant::GetJwksRequest;

use crate::{
    Edge, accept, config::Config, docs, error_pages, openapi, rest::problem::Problem, seal,
    session, spa, stream::Feed,
};

/// Answers shorter than this are not worth packing; an exposures page is, over a network.
const PACK_ABOVE_BYTES: u64 = 2_048;

/// A gateway whose port is bound.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Where it answers.
    pub address: SocketAddr,
}

/// Binds the port, then serves and listens to the bus until the life ends.
///
/// # Errors
/// A port that is taken, keys that can't be read, an address that can't be used.
pub async fn start(config: Config, life: Life) -> Result<Bound, StartError> {
    let listener = TcpListener::bind(config.listen_addr)
        .await
        .map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("{} can't be bound: {error}", config.listen_addr),
            )
        })?;
    let address = listener.local_addr()?;
    tracing::info!(listen_addr = %address, "http port bound");
    let bus = Bus::open(&config.bus, "gateway").await?;
    let edge = Edge::new(&config, bus.clone(), &life)?;
    Feed::start(bus, edge.clone(), &life);
    let headers_within = Duration::from_millis(config.headers_within_ms);
    let serving = accept::serve(listener, router(edge), headers_within, life.stopping());
    life.spawn("http", serving);
    Ok(Bound { address })
}

fn router(edge: Edge) -> Router {
    let (api, contract) = openapi::router();
    let contract = openapi::value(&contract);
    let document = contract.to_string();
    let page = docs::page(&contract);
    let style = docs::STYLE;
    api.route(
        "/api/openapi.json",
        get(async move || typed("application/json", document)),
    )
    .route(
        "/api/docs",
        get(async move || typed("text/html; charset=utf-8", page)),
    )
    .route(
        "/api/docs/style.css",
        get(async move || typed("text/css; charset=utf-8", style)),
    )
    .route(error_pages::PATH, get(error_pages::page))
    .route("/.well-known/jwks.json", get(jwks))
    .route("/api/v1/.well-known/jwks.json", get(jwks))
    .method_not_allowed_fallback(method_not_allowed)
    .fallback(spa::fallback)
    // Innermost first: what a handler reads, what it may break, how its answer leaves.
    .layer(DefaultBodyLimit::max(REQUEST_BODY_BYTES_MAX))
    .layer(CatchPanicLayer::custom(|_panic| {
        tracing::error!("a handler panicked");
        Problem::new(
            Kind::Internal,
            "gateway.panicked",
            "something went wrong here",
        )
        .into_response()
    }))
    .layer(middleware::from_fn_with_state(
        edge.clone(),
        session::note_origin,
    ))
    .layer(middleware::from_fn_with_state(edge.clone(), seal::seal))
    .layer(CompressionLayer::new().compress_when(
        SizeAbove::new(PACK_ABOVE_BYTES).and(NotForContentType::const_new("text/event-stream")),
    ))
    .with_state(edge)
}

pub(crate) fn typed(media: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The keys that sign access tokens, for anybody (RFC 7517).
async fn jwks(State(edge): State<Edge>) -> Result<Response, Problem> {
    let keys = edge
        .clients()
        .anonymous()?
        .get_jwks(GetJwksRequest {})
        .await?
        .into_inner()
        .jwks_json;
    let keys: serde_json::Value =
        serde_json::from_str(&keys).map_err(|_malformed| Problem::broken_answer("jwks_json"))?;
    Ok(Json(keys).into_response())
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        Kind::Invalid,
        "request.method_not_allowed",
        "this path does not answer that method",
    )
    .with_status(StatusCode::METHOD_NOT_ALLOWED)
}
