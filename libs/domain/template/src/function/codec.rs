//! Encodings and compression.
use std::io::{Read, Write};

use data_encoding::BASE64;
use flate2::{
    Compression,
    read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder},
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};

use super::{Arguments, Function, Outcome, bounded, function};
use crate::{
    expression::EvaluationFault,
    value::{TEXT_BYTES_MAX, Value},
};

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64", 1, Some(1), |a| {
        Ok(BASE64.encode(&a.bytes(0)).into())
    }),
    function("base64_decode", 1, Some(1), |a| base64_decode(&a.bytes(0))),
    function("base64_py", 1, Some(1), |a| {
        Ok(base64_lines(&a.bytes(0)).into())
    }),
    function("hex_encode", 1, Some(1), |a| {
        Ok(hex::encode(a.bytes(0)).into())
    }),
    function("hex_decode", 1, Some(1), |a| {
        hex::decode(a.bytes(0))
            .map(Value::text)
            .map_err(|_| EvaluationFault::wrong("not hexadecimal"))
    }),
    function("url_encode", 1, Some(2), |a| {
        Ok(url_encode(&a.bytes(0)).into())
    }),
    function("url_decode", 1, Some(1), |a| Ok(url_decode(&a.bytes(0)))),
    function("html_escape", 1, Some(1), |a| {
        let mut out = String::new();
        for c in a.text(0).chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '\'' => out.push_str("&#39;"),
                '"' => out.push_str("&#34;"),
                _ => out.push(c),
            }
        }
        Ok(out.into())
    }),
    function("html_unescape", 1, Some(1), |a| {
        Ok(crate::markup::unescape(&a.text(0)).into())
    }),
    function("json_minify", 1, Some(1), |a| json(a, false)),
    function("json_prettify", 1, Some(1), |a| json(a, true)),
    function("gzip", 1, Some(1), |a| {
        let mut to = GzEncoder::new(Vec::new(), Compression::default());
        written(to.write_all(&a.bytes(0)).and_then(|()| to.finish()))
    }),
    function("gzip_decode", 1, Some(1), |a| {
        inflated(MultiGzDecoder::new(a.bytes(0).as_ref()))
    }),
    function("zlib", 1, Some(1), |a| {
        let mut to = ZlibEncoder::new(Vec::new(), Compression::default());
        written(to.write_all(&a.bytes(0)).and_then(|()| to.finish()))
    }),
    function("zlib_decode", 1, Some(1), |a| {
        inflated(ZlibDecoder::new(a.bytes(0).as_ref()))
    }),
    function("deflate", 1, Some(1), |a| {
        let mut to = DeflateEncoder::new(Vec::new(), Compression::default());
        written(to.write_all(&a.bytes(0)).and_then(|()| to.finish()))
    }),
    function("inflate", 1, Some(1), |a| {
        inflated(DeflateDecoder::new(a.bytes(0).as_ref()))
    }),
];

fn written(bytes: std::io::Result<Vec<u8>>) -> Outcome {
    bytes
        .map(Value::text)
        .map_err(|_| EvaluationFault::wrong("could not be compressed"))
}

/// At most what a text may hold comes out, however little goes in.
fn inflated(from: impl Read) -> Outcome {
    let mut out = Vec::new();
    let limit = u64::try_from(TEXT_BYTES_MAX).unwrap_or(u64::MAX);
    from.take(limit)
        .read_to_end(&mut out)
        .map_err(|_| EvaluationFault::wrong("not compressed that way"))?;
    bounded(out)
}

/// Both alphabets, with or without padding.
fn base64_decode(text: &[u8]) -> Outcome {
    let plain: Vec<u8> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=')
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    data_encoding::BASE64_NOPAD
        .decode(&plain)
        .map(Value::text)
        .map_err(|_| EvaluationFault::wrong("not base64"))
}

/// As Python's `encodebytes`: a line feed after every 76 characters and at the end. Favicon
/// hashes are taken of this.
pub(crate) fn base64_lines(data: &[u8]) -> String {
    let mut out = String::new();
    for line in BASE64.encode(data).as_bytes().chunks(76) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out
}

/// Query escaping: a space is `+`.
fn url_encode(text: &[u8]) -> String {
    let mut out = String::new();
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(*byte));
            }
            b' ' => out.push('+'),
            other => out.extend(format!("%{other:02X}").chars()),
        }
    }
    out
}

fn url_decode(text: &[u8]) -> Value {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(byte) = text.get(at) {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|pair| hex::decode(pair).ok());
        match (byte, hex) {
            (b'%', Some(decoded)) => {
                out.extend(decoded);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
        at += 1;
    }
    Value::text(out)
}

fn json(a: &mut Arguments<'_>, is_pretty: bool) -> Outcome {
    let value: serde_json::Value =
        serde_json::from_slice(&a.bytes(0)).map_err(|_| EvaluationFault::wrong("not JSON"))?;
    if is_pretty {
        bounded(format!("{value:#}"))
    } else {
        bounded(value.to_string())
    }
}
