//! Tells people what changed.

fn main() -> std::process::ExitCode {
    wt_lifecycle::run(wt_notify::NAME, wt_notify::start)
}
