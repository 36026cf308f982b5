//! Grounded summaries of what a run found.

fn main() -> std::process::ExitCode {
    wt_lifecycle::run(wt_ai_report::NAME, wt_ai_report::start)
}
