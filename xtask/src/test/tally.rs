//! Counts what passed, failed and was skipped, and ends in one line.
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Command, ExitCode, Stdio},
    thread,
    time::Instant,
};

use anyhow::{Context, Result};

/// What has been run so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
    broken: Vec<String>,
}

/// What one runner said on one of its closing lines.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Tally {
    /// Runs `command` with its output shown and counts the closing lines of its runners; without
    /// any it counts as one test. Returns whether it succeeded.
    pub(super) fn step(&mut self, name: &str, command: &mut Command) -> Result<bool> {
        println!("\n== {name}");
        let started = Instant::now();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let errors = child
            .stderr
            .take()
            .map(|errors| thread::spawn(|| show(errors)));
        let mut counts = child.stdout.take().map_or(Ok(Counts::default()), show)?;
        let success = child.wait()?.success();
        if let Some(Ok(also)) = errors.and_then(|thread| thread.join().ok()) {
            counts = counts.plus(also);
        }
        if counts == Counts::default() {
            counts.passed += usize::from(success);
        }
        if !success && counts.failed == 0 {
            counts.failed = 1;
        }
        self.passed += counts.passed;
        self.failed += counts.failed;
        self.skipped += counts.skipped;
        if !success {
            self.broken.push(name.to_owned());
        }
        let verdict = if success { "ok" } else { "FAILED" };
        println!("== {name}: {verdict} in {:.0?}", started.elapsed());
        Ok(success)
    }

    /// Notes a step that cannot run here.
    pub(super) fn skip(&mut self, name: &str, why: &str) {
        println!("\n== {name}: skipped: {why}");
        self.skipped += 1;
    }

    /// Moves tests that said they could not run from the passed to the skipped.
    pub(super) fn count_skips(&mut self, notes: &str) {
        for note in notes.lines() {
            println!("{note}");
            self.skipped += 1;
            self.passed = self.passed.saturating_sub(1);
        }
    }

    /// Notes that a step could not even be prepared.
    pub(super) fn fail(&mut self, name: &str, error: &anyhow::Error) {
        println!("\n== {name}: FAILED: {error:#}");
        self.failed += 1;
        self.broken.push(name.to_owned());
    }

    /// The closing line.
    pub(super) fn close(&self) -> ExitCode {
        println!();
        if !self.broken.is_empty() {
            println!("failed: {}", self.broken.join(", "));
        }
        println!(
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        );
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// Shows everything `output` says and adds up the closing lines in it.
fn show(output: impl Read) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        counts = counts.plus(closing(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    Ok(counts)
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …` of cargo,
/// `Tests  12 passed | 1 skipped (13)` of vitest, `1 failed, 3 passed in 2.00s` of pytest, and the
/// plain `3 passed, 0 failed, 1 skipped`.
fn closing(line: &str) -> Counts {
    let plain: String = strip_colour(line);
    let text = plain.trim();
    let is_closing = text.starts_with("test result:")
        || text.starts_with("Tests ")
        || text.contains(" passed in ")
        || (text.contains(" passed") && text.contains(" failed"));
    if !is_closing {
        return Counts::default();
    }
    let words: Vec<_> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let before = |wanted: &[&str]| {
        words
            .windows(2)
            .filter_map(|pair| match pair {
                [number, word] if wanted.contains(word) => number.parse::<usize>().ok(),
                _ => None,
            })
            .sum()
    };
    Counts {
        passed: before(&["passed"]),
        failed: before(&["failed"]),
        skipped: before(&["ignored", "skipped"]),
    }
}

fn strip_colour(line: &str) -> String {
    let mut plain = String::new();
    let mut parts = line.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_each_runner_are_read() {
        let cargo = "test result: ok. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out";
        let vitest = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m7 passed\u{1b}[22m | 1 skipped (8)";
        let counts = |passed, failed, skipped| Counts {
            passed,
            failed,
            skipped,
        };
        assert_eq!(closing(cargo), counts(12, 1, 2));
        assert_eq!(closing(vitest), counts(7, 0, 1));
        assert_eq!(closing("3 passed, 0 failed, 4 skipped"), counts(3, 0, 4));
        assert_eq!(closing("118 passed in 20.98s"), counts(118, 0, 0));
        assert_eq!(closing("1 failed, 3 passed in 2.00s"), counts(3, 1, 0));
        assert_eq!(closing("the 3 passed, but"), counts(0, 0, 0));
    }

    #[test]
    fn a_command_that_counts_nothing_is_one_test() {
        let mut tally = Tally::default();
        assert!(tally.step("true", &mut Command::new("true")).unwrap());
        assert!(!tally.step("false", &mut Command::new("false")).unwrap());
        assert_eq!((tally.passed, tally.failed), (1, 1));
    }
}
