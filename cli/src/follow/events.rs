//! Server-sent events (WHATWG HTML §9.2.6), as far as our server sends them.
use reqwest::Response;
use serde_json::Value;

/// Longest event taken; the server's are a few hundred bytes.
const EVENT_BYTES_MAX: usize = 1 << 20;

/// One event.
#[derive(Debug, PartialEq)]
pub(super) struct LiveEvent {
    pub(super) name: String,
    pub(super) data: Value,
}

/// Events of one connection.
pub(super) struct Events {
    answer: Response,
    reader: Reader,
}

impl Events {
    pub(super) fn new(answer: Response) -> Self {
        Self {
            answer,
            reader: Reader::default(),
        }
    }

    /// The next event; `None` when the connection ended. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            if let Some(event) = self.reader.next() {
                return Some(event);
            }
            let chunk = self.answer.chunk().await.ok()??;
            if self.reader.buffer.len() + chunk.len() > EVENT_BYTES_MAX {
                return None;
            }
            self.reader.buffer.extend_from_slice(&chunk);
        }
    }

    /// Id of the last event, to resume from.
    pub(super) fn last_id(&self) -> Option<&str> {
        self.reader.last_id.as_deref()
    }
}

#[derive(Default)]
struct Reader {
    buffer: Vec<u8>,
    last_id: Option<String>,
}

impl Reader {
    /// Takes one whole event from the buffer; comments are passed over.
    fn next(&mut self) -> Option<LiveEvent> {
        loop {
            let end = self.buffer.windows(2).position(|pair| pair == b"\n\n")?;
            let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
            let block = String::from_utf8_lossy(&block).into_owned();
            let (mut name, mut data) = (String::new(), String::new());
            for line in block.lines() {
                let (field, value) = line.split_once(':').unwrap_or((line, ""));
                let value = value.strip_prefix(' ').unwrap_or(value);
                match field {
                    "event" => value.clone_into(&mut name),
                    "data" => data.push_str(value),
                    "id" => self.last_id = Some(value.to_owned()),
                    _ => {}
                }
            }
            if !name.is_empty() {
                return Some(LiveEvent {
                    name,
                    data: serde_json::from_str(&data).unwrap_or_default(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{LiveEvent, Reader};

    #[test]
    fn events_are_read_whole_and_comments_passed_over() {
        let mut reader = Reader::default();
        reader.buffer.extend_from_slice(
            b": alive\n\nretry: 2000\n\nid: 7-1\nevent: run.changed\ndata: {\"a\"",
        );
        assert_eq!(reader.next(), None);
        reader
            .buffer
            .extend_from_slice(b":1}\n\nevent: resync\ndata: {}\n\n");
        let event = |name: &str, data| LiveEvent {
            name: name.to_owned(),
            data,
        };
        assert_eq!(reader.next(), Some(event("run.changed", json!({"a": 1}))));
        assert_eq!(reader.last_id.as_deref(), Some("7-1"));
        assert_eq!(reader.next(), Some(event("resync", json!({}))));
        assert_eq!(reader.next(), None);
    }
}
