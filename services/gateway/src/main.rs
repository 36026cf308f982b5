//! Edge: REST, sessions, SSE and the web app.
use std::{io::Write as _, process::ExitCode};

use wt_gateway::{config::Config, openapi, start};

fn main() -> ExitCode {
    // Before settings are read: the document depends on none.
    if std::env::args().nth(1).as_deref() == Some("--openapi") {
        return match std::io::stdout().write_all(openapi::document().as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_closed) => ExitCode::FAILURE,
        };
    }
    wt_lifecycle::run("gateway", async |config: Config, life| {
        start(config, life).await.map(|_bound| ())
    })
}
