//! The tenant service.

use std::process::ExitCode;

fn main() -> ExitCode {
    wt_lifecycle::run(wt_tenant::NAME, wt_tenant::start)
}
