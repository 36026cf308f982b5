//! Limits that more than one crate must agree on; each says why it is what it is.

/// Rows of a list when nobody asks: fits a screen and keeps a page under 60 kB.
pub const PAGE_LIMIT_DEFAULT: u16 = 50;
/// Most rows of a list in one answer.
pub const PAGE_LIMIT_MAX: u16 = 200;
/// Most assets registered by one request; one transaction, one answer with a line each.
pub const ASSETS_PER_REQUEST_MAX: usize = 1_000;
/// Smallest IPv4 prefix an organization may register (a /16 is 65,536 hosts).
pub const CIDR_V4_PREFIX_MIN: u8 = 16;
/// Smallest IPv6 prefix an organization may register: more hosts than one run can visit.
pub const CIDR_V6_PREFIX_MIN: u8 = 112;
/// Most hosts in one job, so that a job stays under five minutes (deploy.md K6).
pub const HOSTS_PER_JOB_MAX: usize = 64;
/// Most jobs in one run: a /16 at `HOSTS_PER_JOB_MAX`, and headroom.
pub const JOBS_PER_RUN_MAX: usize = 2_048;
/// Most deliveries of one message before it is dead-lettered (promises.md rule 14).
pub const DELIVERIES_MAX: i64 = 5;
/// Longest request body the gateway reads, in bytes.
pub const REQUEST_BODY_BYTES_MAX: usize = 1 << 20;
