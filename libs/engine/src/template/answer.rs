//! Answers of web servers, read from the wire with a bound on everything.
use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use tokio::io::{AsyncRead, AsyncReadExt};
use wt_template::HttpAnswer;

/// Most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Most header fields kept.
const HEADERS_MAX: usize = 256;
/// Room made for one read.
const READ_BYTES: usize = 16 * 1024;
/// Provisional answers skipped before the real one.
const PROVISIONAL_MAX: usize = 8;

/// An answer, and whether its connection can be used again.
pub(super) struct Heard {
    pub(super) answer: HttpAnswer,
    pub(super) is_reusable: bool,
    /// Whether the body ended before its announced end, or before the bound of what is read.
    pub(super) is_cut: bool,
}

/// Reads one answer; none when the peer does not speak HTTP.
pub(super) async fn hear<S: AsyncRead + Unpin>(
    stream: &mut S,
    method: &str,
    body_max: usize,
) -> Option<Heard> {
    let mut buffer = Vec::with_capacity(4096);
    for _ in 0..PROVISIONAL_MAX {
        let end = read_head(stream, &mut buffer).await?;
        let rest = buffer.split_off(end);
        let (status, reason, headers) = head_of(&buffer)?;
        buffer = rest;
        if (100..200).contains(&status) && status != 101 {
            continue;
        }
        let mut answer = HttpAnswer {
            status,
            reason,
            headers,
            body: bytes::Bytes::new(),
            duration_s: 0.0,
        };
        let has_no_body = method == "HEAD" || matches!(status, 101 | 204 | 304);
        let (body, ended) = if has_no_body {
            (Vec::new(), End::Reusable)
        } else {
            read_body(stream, buffer, &answer, body_max).await
        };
        let closes = answer.header("connection").eq_ignore_ascii_case("close");
        answer.body = decoded(body, &answer.header("content-encoding"), body_max).into();
        return Some(Heard {
            answer,
            is_reusable: ended == End::Reusable && !closes && status != 101,
            is_cut: ended == End::Cut,
        });
    }
    None
}

/// How the reading of a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// At its end, and the connection can be used again.
    Reusable,
    /// At its end, or at the bound of what is read.
    Done,
    /// Before it.
    Cut,
}

/// Reads until the empty line; where the head ends.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<usize> {
    let mut from = 0_usize;
    loop {
        if let Some(end) = head_end(buffer, from) {
            return Some(end);
        }
        from = buffer.len().saturating_sub(3);
        if buffer.len() > HEAD_BYTES_MAX {
            return None;
        }
        if !more(stream, buffer).await {
            // Some servers end after the head without the empty line.
            return buffer.starts_with(b"HTTP/").then_some(buffer.len());
        }
        if !buffer.starts_with(b"HTTP/") && buffer.len() >= 5 {
            return None;
        }
    }
}

fn head_end(buffer: &[u8], from: usize) -> Option<usize> {
    let tail = buffer.get(from..)?;
    let at = |mark: &[u8]| {
        tail.windows(mark.len())
            .position(|window| window == mark)
            .map(|place| from + place + mark.len())
    };
    match (at(b"\r\n\r\n"), at(b"\n\n")) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Appends what comes next; false at the end.
async fn more<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> bool {
    buffer.reserve(READ_BYTES);
    matches!(stream.read_buf(buffer).await, Ok(1..))
}

type Head = (u16, String, Vec<(String, Vec<u8>)>);

fn head_of(head: &[u8]) -> Option<Head> {
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = String::from_utf8_lossy(lines.next()?).into_owned();
    let mut words = first.strip_prefix("HTTP/")?.splitn(3, ' ');
    let (_, status) = (words.next()?, words.next()?.trim().parse().ok()?);
    let reason = words.next().unwrap_or_default().trim().to_owned();
    let headers = lines
        .filter_map(|line| {
            let at = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at(at);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            Some((
                String::from_utf8_lossy(name).trim().to_owned(),
                value.to_vec(),
            ))
        })
        .take(HEADERS_MAX)
        .collect();
    Some((status, reason, headers))
}

/// The body as far as wanted, and whether it was read to its end.
async fn read_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    mut buffer: Vec<u8>,
    answer: &HttpAnswer,
    max: usize,
) -> (Vec<u8>, End) {
    let is_chunked = answer
        .header("transfer-encoding")
        .to_ascii_lowercase()
        .contains("chunked");
    if is_chunked {
        return read_chunks(stream, buffer, max).await;
    }
    let length: Option<usize> = answer.header("content-length").trim().parse().ok();
    let wanted = length.unwrap_or(usize::MAX).min(max);
    while buffer.len() < wanted && more(stream, &mut buffer).await {}
    let ended = match length {
        Some(length) if buffer.len() == length => End::Reusable,
        Some(_) if buffer.len() < wanted => End::Cut,
        _ => End::Done,
    };
    buffer.truncate(wanted);
    (buffer, ended)
}

async fn read_chunks<S: AsyncRead + Unpin>(
    stream: &mut S,
    mut buffer: Vec<u8>,
    max: usize,
) -> (Vec<u8>, End) {
    let (mut body, mut at) = (Vec::new(), 0_usize);
    loop {
        let line_end = loop {
            let tail = buffer.get(at..).unwrap_or_default();
            if let Some(end) = tail.iter().position(|byte| *byte == b'\n') {
                break at + end;
            }
            if tail.len() > 1024 || !more(stream, &mut buffer).await {
                return (body, End::Cut);
            }
        };
        let line =
            String::from_utf8_lossy(buffer.get(at..line_end).unwrap_or_default()).into_owned();
        let size = line.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else {
            return (body, End::Cut);
        };
        at = line_end + 1;
        if size == 0 {
            // Trailers and the last empty line, when they are there already.
            let rest = buffer.get(at..).unwrap_or_default();
            let is_at_end = rest == b"\r\n" || rest == b"\n";
            return (body, if is_at_end { End::Reusable } else { End::Done });
        }
        let room = max.saturating_sub(body.len());
        while buffer.len().saturating_sub(at) < size.min(room) && more(stream, &mut buffer).await {}
        let tail = buffer.get(at..).unwrap_or_default();
        let taken = size.min(room).min(tail.len());
        body.extend_from_slice(tail.get(..taken).unwrap_or_default());
        if taken < size {
            return (body, if taken < room { End::Cut } else { End::Done });
        }
        at += taken;
        // What was read is not needed again.
        buffer.drain(..at);
        at = 0;
        while buffer.len() < 2 && more(stream, &mut buffer).await {}
        if buffer.starts_with(b"\r\n") {
            at = 2;
        } else if buffer.starts_with(b"\n") {
            at = 1;
        }
    }
}

/// The body without its compression, never more than `max`; as it came when it is not what it
/// says.
fn decoded(body: Vec<u8>, encoding: &str, max: usize) -> Vec<u8> {
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    let mut out = Vec::new();
    let read = match encoding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => MultiGzDecoder::new(body.as_slice())
            .take(limit)
            .read_to_end(&mut out),
        "deflate" => ZlibDecoder::new(body.as_slice())
            .take(limit)
            .read_to_end(&mut out),
        _ => return body,
    };
    match read {
        Err(_) if out.is_empty() => body,
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::hear;

    async fn read(bytes: &[u8]) -> Option<(u16, Vec<u8>, bool)> {
        let mut stream = bytes;
        let heard = hear(&mut stream, "GET", 100).await?;
        Some((
            heard.answer.status,
            heard.answer.body.to_vec(),
            heard.is_reusable,
        ))
    }

    #[tokio::test]
    async fn bodies_end_where_their_head_says() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef";
        assert_eq!(read(text).await, Some((200, b"abc".to_vec(), false)));
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(read(text).await, Some((200, b"abc".to_vec(), true)));
        let text =
            b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(read(text).await, Some((200, b"abcde".to_vec(), true)));
        let text = b"HTTP/1.0 404 Not Found\r\n\r\nto the end";
        assert_eq!(read(text).await, Some((404, b"to the end".to_vec(), false)));
        let text = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n";
        assert_eq!(read(text).await, Some((204, Vec::new(), true)));
        assert_eq!(read(b"SSH-2.0-x\r\n\r\n").await, None);
        assert_eq!(read(b"").await, None);
    }

    #[tokio::test]
    async fn no_answer_takes_more_than_its_bound() {
        let long = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[b'a'; 5000]].concat();
        assert_eq!(read(&long).await.map(|(_, body, _)| body.len()), Some(100));
        let chunks =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc";
        assert_eq!(read(chunks).await.map(|(_, body, _)| body.len()), Some(3));
        let head = [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &vec![b'a'; 200_000]].concat();
        assert_eq!(read(&head).await, None);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![0; 1_000_000]).unwrap();
        let bomb = gzip.finish().unwrap();
        let mut text = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            bomb.len()
        )
        .into_bytes();
        text.extend(&bomb);
        let mut stream = text.as_slice();
        let heard = hear(&mut stream, "GET", 10_000).await.unwrap();
        assert_eq!(heard.answer.body.len(), 10_000);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, framed: bool) {
            let mut text = if framed { b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec() } else { b"HTTP/".to_vec() };
            text.extend(bytes);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(read(&text));
        }
    }
}
