//! The admin port: `GET /livez`, `GET /readyz`, `GET /metrics`. Nothing else, no state changes.

use std::net::SocketAddr;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::net::TcpListener;

use crate::{Life, StartError};

/// Binds the port now and answers until the service ends; a drained service still says so.
pub(crate) async fn serve(addr: SocketAddr, life: &Life) -> Result<(), StartError> {
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|error| format!("admin port {addr} can't be bound: {error}"))?;
    tracing::info!(admin_addr = %listener.local_addr()?, "admin port bound");
    let router = Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(life.clone());
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(error = %error, "the admin port stopped answering");
        }
    });
    Ok(())
}

async fn readyz(State(life): State<Life>) -> impl IntoResponse {
    let (is_ready, reasons) = life.is_ready();
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body: serde_json::Map<String, serde_json::Value> = reasons
        .into_iter()
        .map(|(name, ready)| (name.to_owned(), ready.into()))
        .collect();
    (status, Json(body))
}

async fn metrics(State(life): State<Life>) -> impl IntoResponse {
    let text = life.metrics().render();
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    )
}
