//! Tells people what changed.

fn main() -> std::process::ExitCode {
    wt_seal::command(wt_notify::NAME, wt_notify::SCHEMA)
        .unwrap_or_else(|| wt_lifecycle::run(wt_notify::NAME, wt_notify::start))
}
