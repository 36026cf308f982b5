//! What is printed: data on stdout, words on stderr, and nothing a target wrote acts on a terminal.
mod safe;
mod table;

pub(crate) use safe::safe;
pub(crate) use table::{Column, column};

use std::io::{IsTerminal as _, Write as _};

use serde_json::Value;

use crate::{
    args::{Format, Global},
    fault::CliFault,
};

/// Says something on stderr.
#[expect(
    clippy::print_stderr,
    reason = "stderr is where this command speaks to people"
)]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Prints one line of data.
pub(crate) fn print(text: &str) {
    // A reader that has seen enough (`| head`) is no error.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints text as it is, or escaped where a person looks at it.
pub(crate) fn print_text(text: &str) {
    if std::io::stdout().is_terminal() {
        for line in text.lines() {
            print(&safe(line));
        }
    } else {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }
}

/// Prints a list.
pub(crate) fn list(global: &Global, columns: &[Column], rows: &[Value]) -> Result<(), CliFault> {
    match global.format()? {
        Format::Json => print(&safe::json(&serde_json::json!({"items": rows}), true)),
        Format::Jsonl => rows.iter().for_each(|row| print(&safe::json(row, false))),
        Format::Table if rows.is_empty() => {
            if !global.quiet {
                say("nothing to show");
            }
        }
        Format::Table => print(&table::rows(columns, rows)),
    }
    Ok(())
}

/// Prints one thing.
pub(crate) fn object(global: &Global, value: &Value) -> Result<(), CliFault> {
    match global.format()? {
        Format::Json => print(&safe::json(value, true)),
        Format::Jsonl => print(&safe::json(value, false)),
        Format::Table => print(&table::fields(value)),
    }
    Ok(())
}

/// Writes data to the file that `--output` or `--file` names, or to stdout.
pub(crate) fn file_or_stdout(
    global: &Global,
    file: Option<&std::path::Path>,
    text: &str,
) -> Result<(), CliFault> {
    bytes_to_file_or_stdout(global, file, text.as_bytes())
}

/// Writes bytes to a file, to the one `-o` names, or to stdout; there they are shown as text when a
/// person looks, unless they are none.
pub(crate) fn bytes_to_file_or_stdout(
    global: &Global,
    file: Option<&std::path::Path>,
    bytes: &[u8],
) -> Result<(), CliFault> {
    let Some(path) = file.or_else(|| global.output_file()) else {
        if let Ok(text) = std::str::from_utf8(bytes) {
            print_text(text);
            return Ok(());
        }
        let mut stdout = std::io::stdout().lock();
        if stdout.is_terminal() {
            let reason = "this is no text: name a file, or send it into one";
            return Err(CliFault::Unexpected(reason.to_owned()));
        }
        let _ = stdout.write_all(bytes);
        return Ok(());
    };
    std::fs::write(path, bytes).map_err(|error| {
        CliFault::Unexpected(format!("cannot write {}: {error}", path.display()))
    })?;
    if !global.quiet {
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}
