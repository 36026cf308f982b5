//! How long a proof of ownership is believed.

use time::{Duration, OffsetDateTime};

/// Promises P8: a proof is repeated at least every 30 days.
const AUTHORIZATION_LIFETIME: Duration = Duration::days(30);

/// When an authorization proven now ends.
pub(crate) fn authorization_expiry(verified_at: OffsetDateTime) -> OffsetDateTime {
    verified_at + AUTHORIZATION_LIFETIME
}
