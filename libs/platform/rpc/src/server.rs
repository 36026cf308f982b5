//! A service's gRPC door.

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use tokio::net::TcpListener;
use tonic::{
    body::Body,
    codegen::Service,
    server::NamedService,
    service::Routes,
    transport::{Server as Transport, server::TcpIncoming},
};
use wt_auth::InternalVerifier;
use wt_lifecycle::Life;

use crate::authenticate::Authenticate;

/// Longest a handler may take, whatever the caller's deadline says.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);
/// Most requests under way on one connection; a gateway holds one connection per service.
const CONCURRENCY_PER_CONNECTION: usize = 512;

/// Binds the door now, so that a taken port ends the start and not the first request.
///
/// # Errors
/// The port is taken or not ours to bind.
pub async fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(addr)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{addr} can't be bound: {error}")))
}

/// The door with its authentication; add services, then serve.
pub struct Server {
    verifier: InternalVerifier,
    acting: fn(&str) -> bool,
    routes: Routes,
}

impl Server {
    /// A door that lets in callers the verifier knows.
    pub fn new(verifier: InternalVerifier) -> Self {
        Self {
            verifier,
            acting: |_path| true,
            routes: Routes::default(),
        }
    }

    /// Lets somebody who acts as another person (`act`) call only procedures whose path
    /// (`/package.Service/Method`) `may_call` accepts, whatever their permissions.
    #[must_use]
    pub fn acting_may_call(mut self, may_call: fn(&str) -> bool) -> Self {
        self.acting = may_call;
        self
    }

    /// Adds a generated service.
    #[must_use]
    pub fn with<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self
    }

    /// Answers on the bound door until the service stops, then finishes what is under way.
    ///
    /// # Errors
    /// Only a bound socket that can't be used.
    pub fn serve(self, listener: TcpListener, life: &Life) -> io::Result<()> {
        tracing::info!(listen_addr = %listener.local_addr()?, "grpc port bound");
        let stopping = life.stopping();
        let (reporter, health) = tonic_health::server::health_reporter();
        life.spawn("grpc", async move {
            reporter
                .set_service_status("", tonic_health::ServingStatus::Serving)
                .await;
            Transport::builder()
                .timeout(HANDLER_TIMEOUT)
                .concurrency_limit_per_connection(CONCURRENCY_PER_CONNECTION)
                .http2_keepalive_interval(Some(Duration::from_secs(20)))
                .layer(Authenticate::new(self.verifier, self.acting))
                .add_routes(self.routes.add_service(health))
                .serve_with_incoming_shutdown(
                    TcpIncoming::from(listener).with_nodelay(Some(true)),
                    stopping.cancelled_owned(),
                )
                .await
        });
        Ok(())
    }
}
