//! When to try again, and when to stop trying.

use std::time::Duration;

/// Longest wait between two attempts: a person waits for the report.
const WAIT_MAX: Duration = Duration::from_mins(5);
/// Attempts before giving up: with the default base of 5 s about half an hour.
const ATTEMPTS_MAX: i32 = 11;

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
    fn waits_double_up_to_five_minutes_and_end() {
        let base = Duration::from_secs(5);
        assert_eq!(wait_after(1, base), Some(base));
        assert_eq!(wait_after(3, base), Some(base * 4));
        assert_eq!(wait_after(10, base), Some(WAIT_MAX));
        assert_eq!(wait_after(ATTEMPTS_MAX, base), None);
    }
}
