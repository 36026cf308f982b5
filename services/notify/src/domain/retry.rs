//! When to try again, and when to stop trying.

use std::time::Duration;

/// Longest wait between two attempts: an hour, the usual pause of mail servers (RFC 5321 §4.5.4.1
/// asks for at least 30 minutes once a destination stays away).
const WAIT_MAX: Duration = Duration::from_hours(1);
/// Attempts before giving up: with the default base of 30 s about five hours.
pub(crate) const ATTEMPTS_MAX: i32 = 11;

/// How long to wait after the `attempts`-th failure; `None` when it is time to give up.
pub(crate) fn wait_after(attempts: i32, base: Duration) -> Option<Duration> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let factor = 2_u32.checked_pow(doublings)?;
    Some(base.checked_mul(factor).unwrap_or(WAIT_MAX).min(WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ATTEMPTS_MAX, WAIT_MAX, wait_after};

    #[test]
    fn waits_double_up_to_an_hour_and_end() {
        let base = Duration::from_secs(30);
        assert_eq!(wait_after(1, base), Some(base));
        assert_eq!(wait_after(2, base), Some(base * 2));
        assert_eq!(wait_after(10, base), Some(WAIT_MAX));
        assert_eq!(wait_after(ATTEMPTS_MAX, base), None);
        let total: Duration = (1..ATTEMPTS_MAX).filter_map(|n| wait_after(n, base)).sum();
        assert!(
            total > Duration::from_hours(4) && total < Duration::from_hours(6),
            "{total:?}"
        );
    }
}
