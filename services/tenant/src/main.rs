//! The tenant service.

use std::process::ExitCode;

fn main() -> ExitCode {
    wt_seal::command(wt_tenant::NAME, "tenant")
        .or_else(wt_tenant::platform_admin)
        .unwrap_or_else(|| wt_lifecycle::run(wt_tenant::NAME, wt_tenant::start))
}
