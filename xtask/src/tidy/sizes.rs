//! How large files are: one subject each, so few lines each.
use std::{fs, path::Path};

use anyhow::Result;

use super::Finding;
use crate::workspace::Workspace;

/// Above this a file is listed: ask whether it is one subject.
const LINES_AIM: usize = 400;
/// Above this it is refused.
const LINES_MAX: usize = 600;

/// Reports files over the hard limit and prints those over the aim.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut sizes = Vec::new();
    for folder in ["libs", "services", "cli", "xtask", "tests", "web/src"] {
        for suffix in [".rs", ".ts", ".tsx"] {
            for file in workspace.files(folder, suffix)? {
                if is_generated(&file) {
                    continue;
                }
                sizes.push((lines_net_of_tests(&file)?, file));
            }
        }
    }
    sizes.sort();
    let p90 = sizes.get(sizes.len() * 9 / 10).map_or(0, |(size, _)| *size);
    println!(
        "tidy: {} files, 90 % of them under {p90} lines",
        sizes.len()
    );
    for (lines, file) in sizes
        .iter()
        .rev()
        .take_while(|(lines, _)| *lines > LINES_AIM)
    {
        let place = workspace.relative(file);
        if *lines > LINES_MAX {
            findings.push(Finding::new(place, format!("{lines} lines: split it")));
        } else {
            println!("tidy: {place} has {lines} lines");
        }
    }
    Ok(findings)
}

/// What `npm run generate` writes; never committed.
fn is_generated(file: &Path) -> bool {
    file.to_string_lossy().contains("/web/src/client/")
}

fn lines_net_of_tests(file: &Path) -> Result<usize> {
    let text = fs::read_to_string(file)?;
    Ok(text
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .count())
}
