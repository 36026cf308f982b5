//! Prints what a report of many exposures takes, as JSON; see `wt_ai_report::report_bench`.

use std::process::ExitCode;

use clap::Parser;
use wt_ai_report::report_bench::measure;

/// Measures the writing of a technical report as Markdown, HTML and PDF.
#[derive(Debug, Parser)]
struct Args {
    /// Open exposures of the report
    #[arg(long, default_value_t = 10_000)]
    exposures: u32,
}

fn main() -> ExitCode {
    let said =
        measure(Args::parse().exposures).and_then(|taken| Ok(serde_json::to_string(&taken)?));
    match said {
        Ok(text) => {
            say(&mut std::io::stdout(), &text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&mut std::io::stderr(), &format!("{error}"));
            ExitCode::FAILURE
        }
    }
}

/// A closed stdout changes nothing about the exit.
fn say(to: &mut impl std::io::Write, text: &str) {
    let _ = writeln!(to, "{text}");
}
