//! A test that cannot run here says why, and is counted.
use std::{env, fs::OpenOptions, io::Write};

/// Names the file that skips are counted in; `make test` sets it.
pub const SKIPS_FILE: &str = "WT_SKIPS_FILE";

/// Notes that `test` did not run because of `why`. The caller returns right after: a runner shows
/// nothing of a test that passed, so the note also goes into the file that `make test` prints.
pub fn skip(test: &str, why: &str) {
    let line = format!("skipped: {test}: {why}\n");
    eprint!("{line}");
    if let Some(file) = env::var_os(SKIPS_FILE) {
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            eprintln!("cannot note the skip: {error}");
        }
    }
}
