//! Every file says what it is for, and every error code has its page.
use std::{collections::BTreeSet, fs};

use anyhow::Result;

use super::Finding;
use crate::workspace::Workspace;

/// Most words of a module doc's first sentence; longer ones hide the purpose.
const FIRST_SENTENCE_WORDS_MAX: usize = 30;

/// Reports Rust files whose first line is not a module doc.
pub(super) fn module_docs(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in rust_files(workspace)? {
        let text = fs::read_to_string(&file)?;
        let place = workspace.relative(&file);
        match text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//!"))
        {
            None => findings.push(Finding::new(place, "starts without a module doc")),
            Some(first) => {
                let sentence = first.split(". ").next().unwrap_or_default();
                if sentence.split_whitespace().count() > FIRST_SENTENCE_WORDS_MAX {
                    findings.push(Finding::new(place, "its first sentence is too long"));
                }
            }
        }
    }
    Ok(findings)
}

/// Reports fault codes without a page in `docs/errors`, once that folder exists.
pub(super) fn error_pages(workspace: &Workspace) -> Result<Vec<Finding>> {
    let pages = workspace.path("docs/errors");
    if !pages.is_dir() {
        return Ok(Vec::new());
    }
    let mut codes = BTreeSet::new();
    for file in rust_files(workspace)? {
        let is_test = file.components().any(|part| part.as_os_str() == "tests");
        if !is_test {
            let text = fs::read_to_string(&file)?;
            // Examples in a file's own tests are no codes.
            let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            codes.extend(codes_in(code));
        }
    }
    Ok(codes
        .into_iter()
        .filter(|code| !pages.join(format!("{code}.md")).is_file())
        .map(|code| Finding::new(format!("docs/errors/{code}.md"), "is missing"))
        .collect())
}

/// The codes that an error type's `fn code` answers with in `text`.
fn codes_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split("fn code(&self)")
        .skip(1)
        .filter_map(|rest| rest.split_once("\n    }"))
        .flat_map(|(body, _)| body.split('"').skip(1).step_by(2))
        .filter(|word| {
            word.split_once('.').is_some_and(|(area, reason)| {
                [area, reason].iter().all(|part| {
                    !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                })
            })
        })
        .map(ToOwned::to_owned)
}

fn rust_files(workspace: &Workspace) -> Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for folder in ["libs", "services", "cli", "xtask", "tests"] {
        files.extend(workspace.files(folder, ".rs")?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_codes_are_found_and_other_strings_are_not() {
        let text = r#"
    fn code(&self) -> &str {
        match self {
            Self::Left => "scope.redirect",
            Self::Plain => "plain",
        }
    }
    fn advice(&self) -> &str { "asset.gone" }
"#;
        assert_eq!(codes_in(text).collect::<Vec<_>>(), ["scope.redirect"]);
    }
}
