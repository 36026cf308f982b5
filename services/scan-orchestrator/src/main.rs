//! The scan-orchestrator service.

use std::process::ExitCode;

fn main() -> ExitCode {
    wt_lifecycle::run(wt_scan_orchestrator::NAME, wt_scan_orchestrator::start)
}
