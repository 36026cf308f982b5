//! Web answers as values.
use bytes::Bytes;

use crate::{Value, Values};

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpAnswer {
    /// Status.
    pub status: u16,
    /// What stands after it.
    pub reason: String,
    /// As they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Decoded, as far as it was read.
    pub body: Bytes,
    /// From the first byte sent to the last one read, in seconds.
    pub duration_s: f64,
}

impl HttpAnswer {
    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .unwrap_or_default()
    }

    /// Status line and headers, names in their usual case and in order: what templates match.
    pub fn head(&self) -> Vec<u8> {
        let mut lines: Vec<(String, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (usual_case(name), value.as_slice()))
            .collect();
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        let mut out = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason).into_bytes();
        for (name, value) in lines {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    /// Puts everything that can be read of an answer into `values`; with a number, also under
    /// numbered names.
    pub fn describe(&self, request: &[u8], number: Option<usize>, values: &mut Values) {
        let head = Bytes::from(self.head());
        let response = [head.as_ref(), &self.body].concat();
        let mut set = |name: &str, value: Value| {
            if let Some(number) = number {
                values.set(format!("{name}_{number}"), value.clone());
            }
            values.set(name, value);
        };
        for (name, value) in &self.headers {
            let key = name.to_ascii_lowercase();
            if key == "set-cookie" {
                let text = String::from_utf8_lossy(value);
                if let Some((name, rest)) = text.split_once('=') {
                    let value = rest.split(';').next().unwrap_or_default();
                    set(&name.trim().to_lowercase(), Value::from(value));
                }
            }
        }
        let mut joined = std::collections::BTreeMap::<String, Vec<u8>>::new();
        for (name, value) in &self.headers {
            let key = name.to_ascii_lowercase().replace('-', "_");
            let text = joined.entry(key).or_default();
            if !text.is_empty() {
                text.push(b' ');
            }
            text.extend_from_slice(value);
        }
        for (name, value) in joined {
            set(&name, Value::text(value));
        }
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
        set("status_code", Value::Number(f64::from(self.status)));
        set("content_length", Value::Number(f64::from(length)));
        set("all_headers", Value::Text(head.clone()));
        set("header", Value::Text(head));
        set("body", Value::Text(self.body.clone()));
        set("response", Value::text(response));
        set("request", Value::text(request.to_vec()));
        set("duration", Value::Number(self.duration_s));
    }
}

/// `x-foo-bar` as `X-Foo-Bar`.
fn usual_case(name: &str) -> String {
    let mut starts = true;
    name.chars()
        .map(|c| {
            let shown = if starts {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            };
            starts = c == '-';
            shown
        })
        .collect()
}
