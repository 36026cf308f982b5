//! Records as rows for a spreadsheet, which must not be made to run what a stranger wrote.
use serde_json::Value;

/// Columns, in their order; also the fields of an entry.
const COLUMNS: [&str; 16] = [
    "index",
    "id",
    "at",
    "actor",
    "actor_kind",
    "acting_as",
    "action",
    "target",
    "service",
    "session_id",
    "ip",
    "user_agent",
    "trace_id",
    "before",
    "after",
    "hash",
];

/// The first row.
pub(super) fn header() -> String {
    format!("{}\r\n", COLUMNS.join(","))
}

/// One entry and its hash (RFC 4180; every cell is quoted).
pub(super) fn row(entry: &Value, hash: &str) -> String {
    let cells: Vec<String> = COLUMNS
        .iter()
        .map(|column| match (*column, entry.get(column)) {
            ("hash", _) => cell(hash),
            (_, None | Some(Value::Null)) => String::new(),
            (_, Some(Value::String(text))) => cell(text),
            (_, Some(other)) => cell(&other.to_string()),
        })
        .collect();
    format!("{}\r\n", cells.join(","))
}

/// A spreadsheet takes a cell that begins with one of these for a formula, quoted or not (OWASP,
/// CSV injection): an apostrophe in front makes it text.
pub(in crate::rest) fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{header, row};

    #[test]
    fn nothing_a_stranger_wrote_is_a_formula_or_leaves_its_cell() {
        let entry = json!({
            "index": 3, "actor": "usr_1", "user_agent": "=HYPERLINK(\"http://x\")",
            "target": "+1", "action": "@sum", "service": "a\",b\r\nc", "ip": "\t=1",
            "after": {"name": "=1"}, "before": null,
        });
        let row = row(&entry, "00ff");
        assert!(row.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{row}");
        for guarded in ["\"'+1\"", "\"'@sum\"", "\"'\t=1\"", "\"a\"\",b\r\nc\""] {
            assert!(row.contains(guarded), "{guarded}: {row}");
        }
        assert!(
            row.ends_with(",\"{\"\"name\"\":\"\"=1\"\"}\",\"00ff\"\r\n"),
            "{row}"
        );
        assert_eq!(header().split(',').count(), 16);
    }
}
