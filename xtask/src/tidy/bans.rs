//! What may not be named where, and why.
use std::{fs, path::Path};

use anyhow::Result;

use super::Finding;
use crate::workspace::Workspace;

/// A text that must not appear in the code of some folder.
struct Ban {
    folder: &'static str,
    text: &'static str,
    why: &'static str,
}

const fn ban(folder: &'static str, text: &'static str, why: &'static str) -> Ban {
    Ban { folder, text, why }
}

const BANS: [Ban; 14] = [
    ban(
        "services",
        "sqlx::PgPool",
        "rows are reached through wt_pg's transactions",
    ),
    ban(
        "services",
        "PgPool",
        "rows are reached through wt_pg's transactions",
    ),
    ban(
        "services",
        "async_nats",
        "the bus is reached through wt_bus",
    ),
    ban(
        "services",
        "redis::",
        "budgets are reached through wt_throttle",
    ),
    ban("services", "tonic::Status", "faults travel through wt_rpc"),
    ban(
        "libs/domain",
        "HashMap",
        "its order is random; the same input must give the same bytes",
    ),
    ban(
        "libs/domain",
        "HashSet",
        "its order is random; the same input must give the same bytes",
    ),
    ban(
        "libs/domain",
        "SystemTime",
        "time is an argument of pure code",
    ),
    ban("libs/domain", "now_utc", "time is an argument of pure code"),
    ban(
        "libs/domain",
        "std::env",
        "settings are arguments of pure code",
    ),
    ban("libs/domain", "std::fs", "pure code reads no files"),
    ban("", concat!("TO", "DO"), "finish it or file it"),
    ban("", concat!("FIX", "ME"), "finish it or file it"),
    ban(
        "",
        concat!("#[ig", "nore"),
        "a test that cannot run here prints why and is counted",
    ),
];

/// Reports every banned text outside test code and comments.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for folder in ["libs", "services", "cli", "xtask", "tests"] {
        for file in workspace.files(folder, ".rs")? {
            let text = fs::read_to_string(&file)?;
            let place = workspace.relative(&file).to_string();
            findings.extend(banned_lines(&place, &text));
        }
    }
    Ok(findings)
}

fn banned_lines(place: &str, text: &str) -> Vec<Finding> {
    let is_test = Path::new(place)
        .components()
        .any(|part| part.as_os_str() == "tests");
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim() == "#[cfg(test)]" {
            break;
        }
        let is_comment = line.trim_start().starts_with("//");
        for ban in &BANS {
            let everywhere = ban.folder.is_empty();
            let applies = everywhere || (place.starts_with(ban.folder) && !is_test && !is_comment);
            if applies && names(line, ban.text) {
                let at = format!("{place}:{}", number + 1);
                findings.push(Finding::new(at, format!("`{}`: {}", ban.text, ban.why)));
            }
        }
    }
    findings
}

/// Whether `line` holds `text` and not as part of a longer word.
pub(super) fn names(line: &str, text: &str) -> bool {
    line.match_indices(text).any(|(at, _)| {
        let before = line.get(..at).and_then(|rest| rest.chars().next_back());
        let after = line
            .get(at + text.len()..)
            .and_then(|rest| rest.chars().next());
        let joins =
            |next: Option<char>| next.is_some_and(|next| next.is_alphanumeric() || next == '_');
        !joins(before) && (!joins(after) || text.ends_with(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_naming_a_driver_is_found_and_a_comment_or_a_test_is_not() {
        let place = "services/tenant/src/store/user.rs";
        assert_eq!(banned_lines(place, "use async_nats::Client;").len(), 1);
        assert!(banned_lines(place, "// async_nats is not ours to name").is_empty());
        assert!(
            banned_lines(
                "services/tenant/tests/it/main.rs",
                "use async_nats::Client;"
            )
            .is_empty()
        );
        assert!(banned_lines(place, "#[cfg(test)]\nuse async_nats::Client;").is_empty());
        assert!(banned_lines("libs/platform/bus/src/lib.rs", "use async_nats::Client;").is_empty());
    }

    #[test]
    fn a_longer_word_is_another_word() {
        assert!(!names("let throttle_redis::x", "redis::"));
        assert!(names("redis::Client", "redis::"));
        assert!(!names("MyHashMapLike", "HashMap"));
    }
}
