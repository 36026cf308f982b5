//! Parses, starts, waits.
use std::process::ExitCode;

use wt_scan_worker::start;

fn main() -> ExitCode {
    wt_lifecycle::run("scan-worker", start)
}
