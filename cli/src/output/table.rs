//! Tables for people; their layout is not an interface.
use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use serde_json::Value;

use super::safe;

/// A column: its heading and where in a row its value is (RFC 6901).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    heading: &'static str,
    pointer: &'static str,
}

/// Names a column.
pub(crate) const fn column(heading: &'static str, pointer: &'static str) -> Column {
    Column { heading, pointer }
}

/// Rows under headings.
pub(super) fn rows(columns: &[Column], rows: &[Value]) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(columns.iter().map(|column| column.heading.to_uppercase()));
    for row in rows {
        table.add_row(
            columns
                .iter()
                .map(|column| row.pointer(column.pointer).map(text).unwrap_or_default()),
        );
    }
    trimmed(&table)
}

/// One thing, a field a line.
pub(super) fn fields(value: &Value) -> String {
    let Some(members) = value.as_object() else {
        return text(value);
    };
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    for (name, member) in members {
        let shown = text(member);
        if !shown.is_empty() {
            table.add_row([name.replace('_', " "), shown]);
        }
    }
    trimmed(&table)
}

fn trimmed(table: &Table) -> String {
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A value in one cell.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.lines().map(safe).collect::<Vec<_>>().join("\n"),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("\n"),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| format!("{}={}", safe(name), text(member)))
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    }
}
