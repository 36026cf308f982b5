//! Prints the rates behind `results.ingest_vs_sql` as JSON; see `wt_results::ingest_bench`.

use std::process::ExitCode;

use clap::Parser;
use wt_lifecycle::StartError;
use wt_results::ingest_bench::measure;

/// Measures how fast results are applied, beside a bare COPY and merge.
#[derive(Debug, Parser)]
struct Args {
    /// A migrated database, as a superuser
    #[arg(long, value_name = "URL")]
    superuser_url: String,
    /// The same database, as the service's role
    #[arg(long, value_name = "URL")]
    service_url: String,
    /// Hosts of the result; each has 1,000 exposures
    #[arg(long, default_value_t = 50)]
    hosts: u16,
    /// Rounds, in turns
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&mut std::io::stderr(), &format!("{error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), StartError> {
    let rates = measure(
        &args.superuser_url,
        &args.service_url,
        args.hosts,
        args.rounds,
    )
    .await?;
    say(&mut std::io::stdout(), &serde_json::to_string(&rates)?);
    Ok(())
}

/// A closed stdout changes nothing about the exit.
fn say(to: &mut impl std::io::Write, text: &str) {
    let _ = writeln!(to, "{text}");
}
