//! Small real servers to scan: each is one habit of the open internet, on loopback.
//!
//! Used by the engine's tests, the integration tests and the demo. A server lives as long as its
//! handle; nothing here ever listens outside 127.0.0.0/8 or `::1`.

mod certificate;
mod dns;
mod http;
mod odd;
mod zone;

pub use certificate::{CertificateSpec, make_certificate};
pub use dns::{DnsAnswer, DnsQuestion, answers_of_file, serve_dns, serve_names};
pub use http::{Page, Site, serve_http, serve_https};
pub use odd::{serve_endless_body, serve_greeting, serve_mute, serve_reset, serve_tarpit};
pub use zone::{caa_record, mx_record, serve_zone, soa_record};

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A running server; stops when dropped.
#[derive(Debug)]
pub struct Target {
    address: SocketAddr,
    connections: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Target {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections or questions it has seen: what a scanner really sent.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds, refusing anything but loopback.
async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    refuse_outside(address)?;
    TcpListener::bind(address).await
}

fn refuse_outside(address: SocketAddr) -> io::Result<()> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "targets listen on loopback only",
        ))
    }
}

/// Accepts for ever, each connection in a task of its own that ends with the server.
async fn serve<F, W>(address: SocketAddr, work: F) -> io::Result<Target>
where
    F: Fn(TcpStream) -> W + Send + Sync + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let listener = bind(address).await?;
    let address = listener.local_addr()?;
    let connections = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&connections);
    let task = tokio::spawn(async move {
        let mut tasks = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tasks.spawn(work(stream));
            while tasks.try_join_next().is_some() {}
        }
    });
    Ok(Target {
        address,
        connections,
        task,
    })
}
