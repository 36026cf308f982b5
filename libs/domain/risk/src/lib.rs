//! How urgent an exposure is, from 0 to 100, by when it has to be mended, and how bad things
//! stand for an asset or an organization. docs/guides/risk.md is the user's page, with the
//! reasons.
//!
//! Pure and in whole numbers, so that the same facts give the same score everywhere. Laws in
//! `tests/laws.rs`: a score is bounded, no fact that is worse ever lowers it, and a total is at
//! least its worst part and does not depend on the order of its parts.

mod cve;
mod feed;
mod reach;
mod score;
mod sla;
mod total;

pub use cve::{CveId, InvalidCve, cvss_tenths};
pub use feed::{EpssRow, Feed, FeedFault, KevRow, read_epss, read_kev};
pub use reach::{INNER_PORTS, Reach};
pub use score::{Facts, SCORE_MAX, Score};
pub use sla::{Clock, Sla, TERM_DAYS_MAX, Terms};
pub use total::Total;
