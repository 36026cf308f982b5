//! Reading and writing small bounded messages with a deadline.
use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

/// Most bytes kept of a banner or a service's short answer.
pub(crate) const ANSWER_BYTES_MAX: usize = 8 * 1024;

/// What a read gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Some bytes.
    Bytes(Vec<u8>),
    /// The peer closed or reset without a word.
    Closed,
    /// Nothing until the deadline.
    Silence,
}

/// Sends all of `bytes`; false when the peer went away.
pub(crate) async fn say(stream: &mut TcpStream, bytes: &[u8], patience: Duration) -> bool {
    matches!(timeout(patience, stream.write_all(bytes)).await, Ok(Ok(())))
}

/// Waits for the first bytes.
pub(crate) async fn hear(stream: &mut TcpStream, patience: Duration) -> Heard {
    hear_until(stream, patience, |_| true).await
}

/// Reads until `is_whole` says so, the bound, the end, or the deadline.
pub(crate) async fn hear_until(
    stream: &mut TcpStream,
    patience: Duration,
    is_whole: impl Fn(&[u8]) -> bool,
) -> Heard {
    let deadline = Instant::now() + patience;
    let mut heard = Vec::new();
    let mut chunk = [0_u8; 2048];
    loop {
        let end = match timeout_at(deadline, stream.read(&mut chunk)).await {
            Ok(Ok(0) | Err(_)) => Heard::Closed,
            Ok(Ok(count)) => {
                heard.extend_from_slice(chunk.get(..count).unwrap_or_default());
                if is_whole(&heard) || heard.len() >= ANSWER_BYTES_MAX {
                    return Heard::Bytes(heard);
                }
                continue;
            }
            Err(_) => Heard::Silence,
        };
        return if heard.is_empty() {
            end
        } else {
            Heard::Bytes(heard)
        };
    }
}
