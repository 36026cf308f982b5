//! How a service starts, becomes ready, drains and ends.
//!
//! A service is a library with a door: `main` calls [`run`], which parses and checks the
//! settings, installs telemetry, binds the admin port before anything is dialled, starts the
//! service and waits. SIGTERM makes it unready, then drains it within a deadline; a second
//! signal ends it at once. Exit codes: 0 done, 1 failed, 64 bad settings (sysexits `EX_USAGE`).

mod admin;
mod args;
mod life;
mod signal;

pub use args::{LifecycleArgs, Settings};
pub use life::{Life, ReadyFlag};

use std::{error::Error, process::ExitCode, time::Duration};

use clap::Parser;
use wt_telemetry::Telemetry;

/// The allocator of every service. Rows and messages are many small pieces that live for one
/// request: with glibc's allocator 40 % of the CPU time of applying a result went into them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code for settings that can't be used (sysexits.h `EX_USAGE`).
const EXIT_BAD_SETTINGS: u8 = 64;

/// What `start` may fail with.
pub type StartError = Box<dyn Error + Send + Sync>;

/// Runs a service from its command line and environment to its exit code.
///
/// `start` binds the service's own ports, spawns its tasks on the [`Life`] and returns; it must
/// not wait for dependencies to be there: a dependency that is away makes the service unready.
pub fn run<C, F>(service: &'static str, start: impl FnOnce(C, Life) -> F) -> ExitCode
where
    C: Parser + Settings + std::fmt::Debug,
    F: Future<Output = Result<(), StartError>>,
{
    let config = match C::try_parse() {
        Ok(config) => config,
        Err(error) => {
            // Help and version are answers, not errors.
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_BAD_SETTINGS)
            };
        }
    };
    if let Err(problem) = config.validate() {
        say(&format!("{service}: {problem}"));
        return ExitCode::from(EXIT_BAD_SETTINGS);
    }
    if config.lifecycle().check_config {
        say(&format!("{config:#?}"));
        return ExitCode::SUCCESS;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("{service}: no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(live(service, config, start));
    // Blocking work that ignores cancellation must not hold the process.
    runtime.shutdown_timeout(Duration::from_secs(2));
    code
}

async fn live<C, F>(service: &'static str, config: C, start: impl FnOnce(C, Life) -> F) -> ExitCode
where
    C: Parser + Settings + std::fmt::Debug,
    F: Future<Output = Result<(), StartError>>,
{
    let telemetry = match Telemetry::install(service, config.telemetry()) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            say(&format!("{service}: {error}"));
            return ExitCode::from(EXIT_BAD_SETTINGS);
        }
    };
    tracing::info!(service, version = env!("CARGO_PKG_VERSION"), config = ?config, "starting");
    let args = config.lifecycle().clone();
    let life = Life::new(service);
    let code = match begin(&args, &life, start(config, life.clone())).await {
        Ok(()) => {
            let cause = life.wait_for_end().await;
            life.drain(Duration::from_millis(args.drain_ms), cause)
                .await
        }
        Err(error) => {
            tracing::error!(error = %chain(error.as_ref()), "the service could not start");
            ExitCode::FAILURE
        }
    };
    telemetry.shutdown();
    code
}

async fn begin(
    args: &LifecycleArgs,
    life: &Life,
    start: impl Future<Output = Result<(), StartError>>,
) -> Result<(), StartError> {
    admin::serve(args.admin_addr, life).await?;
    signal::listen(life)?;
    start.await?;
    life.started();
    Ok(())
}

/// Says something before logs exist.
#[expect(
    clippy::print_stderr,
    reason = "settings are checked before logs exist"
)]
fn say(text: &str) {
    eprintln!("{text}");
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
