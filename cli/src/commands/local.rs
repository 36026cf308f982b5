//! What needs nobody: keys, completions, the version.
use clap::CommandFactory as _;
use serde_json::json;

use crate::{
    args::{Arguments, Format, Global, Keys},
    fault::CliFault,
    output::{object, print, say},
};

/// Prints a shell's completion script.
pub(crate) fn completions(shell: clap_complete::Shell) {
    clap_complete::generate(
        shell,
        &mut Arguments::command(),
        "watchtower",
        &mut std::io::stdout(),
    );
}

/// Prints the version.
pub(crate) fn version(global: &Global) -> Result<(), CliFault> {
    let version = env!("CARGO_PKG_VERSION");
    if global.format()? == Format::Table {
        print(&format!("watchtower {version}"));
        return Ok(());
    }
    object(global, &json!({"name": "watchtower", "version": version}))
}

/// Makes key files.
pub(crate) fn keys(command: &Keys) -> Result<(), CliFault> {
    let Keys::Generate { dir } = command;
    wt_auth::write_dev_keys(dir).map_err(CliFault::unexpected)?;
    say(&format!("keys are in {}", dir.display()));
    Ok(())
}
