//! The asset-registry service.

use std::process::ExitCode;

fn main() -> ExitCode {
    wt_lifecycle::run(wt_asset_registry::NAME, wt_asset_registry::start)
}
