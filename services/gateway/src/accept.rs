//! Connections of the HTTP door: how long each may take to say what it wants, and how all end.
use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

/// Most headers of a request; hyper's own default, said here because it is a limit of the API.
const HEADERS_MAX: usize = 100;
/// Most bytes read ahead of what was understood: headers beyond `seal`'s limit end here.
const READ_AHEAD_BYTES_MAX: usize = 64 << 10;
/// Wait after a connection that could not be accepted, such as for want of file descriptors.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Answers connections with `router` until `stopping`, then finishes what is under way. Who
/// takes longer than `headers_within` to say what it wants, a byte a second, is let go.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    headers_within: Duration,
    stopping: CancellationToken,
) -> io::Result<()> {
    let connections = TaskTracker::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (router, stopping) = (router.clone(), stopping.clone());
                    connections.spawn(answer(stream, peer, router, headers_within, stopping));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    sleep(ACCEPT_AGAIN_AFTER).await;
                }
            },
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    headers_within: Duration,
    stopping: CancellationToken,
) {
    // Answers are whole when they are written; waiting to join them only adds delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        router.oneshot(request.map(Body::new))
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(headers_within)
            .max_headers(HEADERS_MAX)
            .max_buf_size(READ_AHEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
