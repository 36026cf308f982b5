//! Where a request came from: known at the edge, wanted in the audit record of whatever service
//! does the deed. It travels beside a call as the trace does, and decides nothing.

use tokio::task_local;

/// Longest address kept: IPv6 with an embedded IPv4 and a zone fits.
const IP_CHARS_MAX: usize = 64;
/// Longest user agent kept; it tells a browser from another, and is a stranger's text.
const USER_AGENT_CHARS_MAX: usize = 256;

task_local! {
    static ORIGIN: Origin;
}

/// The client behind a request; empty fields where there is none, such as in a background task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Address, as the outermost believed proxy saw it.
    pub ip: String,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Origin {
    /// An origin with both texts cut to what is kept and without control characters.
    pub fn new(ip: &str, user_agent: &str) -> Self {
        Self {
            ip: plain(ip, IP_CHARS_MAX),
            user_agent: plain(user_agent, USER_AGENT_CHARS_MAX),
        }
    }
}

fn plain(text: &str, chars_max: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(chars_max)
        .collect()
}

/// Runs `work` as something that `origin` asked for. Tasks it spawns do not inherit that.
pub async fn scope<F: Future>(origin: Origin, work: F) -> F::Output {
    ORIGIN.scope(origin, work).await
}

/// Who asked for what is done here.
pub fn current() -> Origin {
    ORIGIN.try_with(Clone::clone).unwrap_or_default()
}
