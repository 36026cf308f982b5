//! Where the next page of a list begins: opaque, versioned, bound to its list.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use time::OffsetDateTime;

use crate::PgFault;

/// First byte of the text inside; another number is another format.
const VERSION: &str = "1";
/// Longest cursor read, in bytes; ours are under 200.
const CURSOR_BYTES_MAX: usize = 512;

/// The position after one row of one list, which is ordered by time, then id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    list: String,
    at: OffsetDateTime,
    id: String,
}

impl Cursor {
    /// The position after the row of `list` with this time and id.
    pub fn new(list: &str, at: OffsetDateTime, id: &str) -> Self {
        Self {
            list: list.to_owned(),
            at,
            id: id.to_owned(),
        }
    }

    /// Time and id, as the statement binds them.
    pub fn position(&self) -> (OffsetDateTime, String) {
        (self.at, self.id.clone())
    }

    /// Text for the caller.
    pub fn encode(&self) -> String {
        let nanos = self.at.unix_timestamp_nanos();
        URL_SAFE_NO_PAD.encode(format!("{VERSION}\n{}\n{nanos}\n{}", self.list, self.id))
    }

    /// Reads text that came back from a caller, for `list` only.
    pub fn decode(list: &str, text: &str) -> Result<Self, PgFault> {
        if text.len() > CURSOR_BYTES_MAX {
            return Err(PgFault::Cursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| PgFault::Cursor)?;
        let inner = String::from_utf8(bytes).map_err(|_| PgFault::Cursor)?;
        let mut parts = inner.splitn(4, '\n');
        let (Some(VERSION), Some(of), Some(nanos), Some(id)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(PgFault::Cursor);
        };
        let at = nanos
            .parse()
            .ok()
            .and_then(|nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).ok())
            .ok_or(PgFault::Cursor)?;
        // Postgres text cannot hold a zero byte; nobody else's id has one.
        if of != list || id.contains('\0') {
            return Err(PgFault::Cursor);
        }
        Ok(Self::new(list, at, id))
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::Cursor;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let at = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let cursor = Cursor::new("assets", at, "ast_1");
        let text = cursor.encode();
        assert_eq!(Cursor::decode("assets", &text).unwrap(), cursor);
        assert!(Cursor::decode("runs", &text).is_err());
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "!", "MQ", "MQphc3NldHMKeAp5", &"A".repeat(600)] {
            assert!(Cursor::decode("assets", text).is_err(), "{text}");
        }
    }
}
