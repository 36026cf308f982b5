//! Servers that behave badly, and such that only greet.
use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Target, serve};

/// Longest life of one odd connection, so that nothing outlives a test by much.
const CONNECTION_MAX: Duration = Duration::from_mins(1);

/// Says `greeting` to everyone, answers everything else with `answer`.
pub async fn serve_greeting(
    address: SocketAddr,
    greeting: &'static [u8],
    answer: &'static [u8],
) -> io::Result<Target> {
    serve(address, move |mut stream| async move {
        if stream.write_all(greeting).await.is_err() {
            return;
        }
        let mut heard = [0_u8; 512];
        while matches!(stream.read(&mut heard).await, Ok(count) if count > 0) {
            if answer.is_empty() || stream.write_all(answer).await.is_err() {
                return;
            }
        }
    })
    .await
}

/// Accepts and never says a word.
pub async fn serve_mute(address: SocketAddr) -> io::Result<Target> {
    serve(address, |mut stream| async move {
        let listen = async {
            let mut heard = [0_u8; 512];
            while matches!(stream.read(&mut heard).await, Ok(count) if count > 0) {}
        };
        let _ = tokio::time::timeout(CONNECTION_MAX, listen).await;
    })
    .await
}

/// Answers HTTP one byte a second.
pub async fn serve_tarpit(address: SocketAddr) -> io::Result<Target> {
    serve(address, |mut stream| async move {
        let drip = async {
            let mut tick = tokio::time::interval(Duration::from_secs(1));
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: "
                .iter()
                .chain([b'a'].iter().cycle())
            {
                tick.tick().await;
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(CONNECTION_MAX, drip).await;
    })
    .await
}

/// Answers HTTP with a body that never ends.
pub async fn serve_endless_body(address: SocketAddr) -> io::Result<Target> {
    serve(address, |mut stream| async move {
        let pour = async {
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>endless</title>";
            if stream.write_all(head).await.is_err() {
                return;
            }
            let chunk = vec![b'x'; 16 * 1024];
            while stream.write_all(&chunk).await.is_ok() {}
        };
        let _ = tokio::time::timeout(CONNECTION_MAX, pour).await;
    })
    .await
}

/// Accepts, then resets at once.
pub async fn serve_reset(address: SocketAddr) -> io::Result<Target> {
    serve(address, |stream: TcpStream| async move {
        // Zero linger turns the close into a reset.
        let _ = stream.set_zero_linger();
    })
    .await
}
