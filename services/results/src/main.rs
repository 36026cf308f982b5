//! The results service.

use std::process::ExitCode;

fn main() -> ExitCode {
    wt_results::replay_command()
        .or_else(wt_results::risk_command)
        .or_else(wt_results::checks_command)
        .unwrap_or_else(|| wt_lifecycle::run(wt_results::NAME, wt_results::start))
}
