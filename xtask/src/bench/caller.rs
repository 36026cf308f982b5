//! Callers that cost little themselves: a load that shares the machine with what it loads must
//! not take a fifth of it, as a whole HTTP client does. pgbench beside it is as plain.
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// Longest a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// What ends the head of an answer (RFC 9112 §2.1).
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// One connection that stays open.
pub(super) struct Caller {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Caller {
    pub(super) fn dial(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            buffer: vec![0; 1 << 18],
        })
    }

    /// Sends a request as it is and reads its answer: the status and the length of the body.
    pub(super) fn call(&mut self, request: &[u8]) -> Result<(u16, usize)> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let mut whole = None;
        loop {
            let rest = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(rest).context("no answer in time")?;
            ensure!(read > 0, "the connection was closed in an answer");
            filled += read;
            let seen = self.buffer.get(..filled).unwrap_or_default();
            if whole.is_none()
                && let Some(end) = find(seen, END_OF_HEAD)
            {
                let head = std::str::from_utf8(seen.get(..end).unwrap_or_default())?;
                whole = Some((status(head)?, end + END_OF_HEAD.len(), length(head)?));
            }
            if let Some((status, head, body)) = whole
                && filled >= head + body
            {
                return Ok((status, body));
            }
        }
    }
}

/// Calls a second of `callers` at once, each on its own connection, for `seconds`. `request`
/// writes the next request of a caller; every answer must be 200 with a body of at least
/// `body_min` bytes.
pub(super) fn rate(
    address: SocketAddr,
    callers: usize,
    seconds: u64,
    body_min: usize,
    request: impl Fn(usize, usize) -> Vec<u8> + Sync,
) -> Result<f64> {
    let started = Instant::now();
    let deadline = started + Duration::from_secs(seconds);
    let request = &request;
    let counts = thread::scope(|scope| {
        let running: Vec<_> = (0..callers)
            .map(|caller| {
                scope.spawn(move || {
                    let mut line = Caller::dial(address)?;
                    let mut count = 0;
                    while Instant::now() < deadline {
                        let (status, body) = line.call(&request(caller, count))?;
                        ensure!(status == 200, "an answer of {status}");
                        ensure!(body >= body_min, "a body of only {body} bytes");
                        count += 1;
                    }
                    Ok(count)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|caller| caller.join().unwrap_or_else(|_| bail!("a caller panicked")))
            .collect::<Result<Vec<usize>>>()
    })?;
    #[expect(clippy::cast_precision_loss, reason = "some ten thousands")]
    let calls = counts.into_iter().sum::<usize>() as f64;
    Ok(calls / started.elapsed().as_secs_f64())
}

/// A GET with a bearer token.
pub(super) fn get(address: SocketAddr, path: &str, token: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         accept: application/json\r\n\r\n"
    )
    .into_bytes()
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn status(head: &str) -> Result<u16> {
    let code = head.split(' ').nth(1).context("no status line")?;
    Ok(code.parse()?)
}

fn length(head: &str) -> Result<usize> {
    let value = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without a length")?
        .1;
    Ok(value.trim().parse()?)
}
