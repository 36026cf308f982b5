//! The `watchtower` command: the public API, packets checked offline, and migrations.
//!
//! Data goes to stdout, everything else to stderr; exit codes are those of [`fault`].
mod api;
mod args;
mod commands;
mod fault;
mod follow;
mod output;
mod session;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Audit, Command, VerifyAudit};
use fault::CliFault;
use output::say;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(fault::USAGE)
            };
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say(&fault.to_text());
            ExitCode::from(fault.exit_code())
        }
    }
}

fn run(arguments: Arguments) -> Result<(), CliFault> {
    // What needs no network starts no runtime: checking a packet takes milliseconds.
    match &arguments.command {
        Command::VerifyPacket(packet) => {
            return commands::packet::verify(packet, &arguments.global);
        }
        Command::VerifyGrowth(growth) => {
            return commands::packet::verify_growth(growth, &arguments.global);
        }
        Command::Audit {
            command:
                Audit::Verify(VerifyAudit {
                    file: Some(file),
                    key: Some(key),
                    keys,
                }),
        } => {
            let keys = keys.as_deref();
            return commands::audit::verify_offline(file, key, keys, &arguments.global);
        }
        Command::Completions { shell } => {
            commands::local::completions(*shell);
            return Ok(());
        }
        Command::Version => return commands::local::version(&arguments.global),
        Command::Keys { command } => return commands::local::keys(command),
        _ => {}
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliFault::unexpected)?
        .block_on(commands::dispatch(arguments))
}
