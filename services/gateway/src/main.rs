//! Edge: REST, sessions, SSE and the web app.
use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(wt_gateway::openapi::document().as_bytes())
}
