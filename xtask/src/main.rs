//! Development commands: up, down, demo, test, bench, tools, tidy.
#![expect(
    clippy::indexing_slicing,
    reason = "only JSON is indexed, where a missing field reads as null"
)]
mod bench;
mod demo;
mod dev;
mod install;
mod sqlx;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use workspace::Workspace;
use wt_testkit::fleet::keep_mail;

#[derive(Parser)]
#[command(about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the whole fleet on this machine and prints where it is.
    Up,
    /// Stops exactly what `up` started.
    Down,
    /// Scans real local targets, fixes one, proves the fix.
    Demo {
        /// Stop everything at the end.
        #[arg(long)]
        once: bool,
    },
    /// Runs every check and test there is.
    Test,
    /// Rewrites the query cache in `.sqlx` from a fresh database.
    Sqlx,
    /// Measures our speed beside that of bare tools.
    Bench(bench::Choice),
    /// Installs the real scanners into `target/tools/scanners`, for adapter tests and benches.
    Tools,
    /// Keeps every mail it is given as a file.
    #[command(hide = true)]
    MailSink {
        /// Where to listen.
        #[arg(long)]
        listen: SocketAddr,
        /// Where to keep mail.
        #[arg(long)]
        folder: PathBuf,
    },
    /// Checks the house: layers, contracts, tenancy, docs and bans.
    Tidy {
        /// Records today's protos as the contract that later ones must stay compatible with.
        #[arg(long)]
        lock_protos: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Command::Up => dev::up(&workspace).await,
        Command::Down => dev::down(&workspace).await,
        Command::Sqlx => sqlx::write(&workspace).await,
        Command::Demo { once } => demo::run(&workspace, once).await,
        Command::Bench(choice) => bench::run(&workspace, &choice).await,
        Command::Test => test::run(&workspace).await,
        Command::Tools => tools::install(&workspace),
        Command::MailSink { listen, folder } => {
            keep_mail(TcpListener::bind(listen).await?, folder).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Tidy { lock_protos: true } => tidy::lock_protos(&workspace),
        Command::Tidy { lock_protos: false } => tidy::run(&workspace),
    }
}
