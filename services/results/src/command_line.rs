//! What the commands of `wt-results` that are not the service have in common.
use std::{ffi::OsString, io::Write as _, process::ExitCode};

use clap::Parser;

/// As everywhere in the fleet: a command line that cannot be used (sysexits.h `EX_USAGE`).
const EXIT_BAD_SETTINGS: u8 = 64;

/// Runs `wt-results WORD …` if that is what the command line says; without a runtime or with a
/// reason from `work`, it says so on the error stream and fails.
pub(crate) fn command<C: Parser>(
    word: &str,
    work: impl AsyncFnOnce(C) -> Result<ExitCode, String>,
) -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    if args.next()? != *word {
        return None;
    }
    let name = std::iter::once(OsString::from(format!("wt-results {word}")));
    Some(match C::try_parse_from(name.chain(args)) {
        Ok(command) => run(word, work(command)),
        Err(error) => {
            let asked = !error.use_stderr();
            // A closed stream changes nothing about the exit.
            let _ = error.print();
            if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_BAD_SETTINGS)
            }
        }
    })
}

fn run(word: &str, work: impl Future<Output = Result<ExitCode, String>>) -> ExitCode {
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))
        .and_then(|runtime| runtime.block_on(work));
    done.unwrap_or_else(|reason| {
        // A closed stream changes nothing about the exit.
        let _ = writeln!(std::io::stderr(), "wt-results {word}: {reason}");
        ExitCode::FAILURE
    })
}
