//! A program that waits for a person to let it in (RFC 8628): its codes and its patience.

use time::{Duration, OffsetDateTime};

/// Letters of a user code: no vowels, so no words, and none that look alike (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters in a code: 2^34 codes, of which a guesser may try 60 and then one a second for
/// [`LIFETIME`].
pub(crate) const CODE_LETTERS: usize = 8;
/// How long a program waits.
pub(crate) const LIFETIME: Duration = Duration::minutes(10);
/// Seconds between two questions of a program (RFC 8628 §3.2).
pub(crate) const INTERVAL_SECONDS: u32 = 5;
/// A question that comes sooner than this after the last is too early; a second for the network.
const EARLY: Duration = Duration::seconds(INTERVAL_SECONDS as i64 - 1);

/// A user code from randomness, as it is stored.
pub(crate) fn user_code(random: &[u32; CODE_LETTERS]) -> String {
    random
        .iter()
        .filter_map(|number| {
            // 2^32 is no multiple of 20: the first letters are likelier by 2^-28.
            LETTERS.get(usize::try_from(number % 20).unwrap_or_default())
        })
        .map(|letter| char::from(*letter))
        .collect()
}

/// A user code as it is shown: two groups.
pub(crate) fn shown(code: &str) -> String {
    let (left, right) = code
        .split_at_checked(CODE_LETTERS / 2)
        .unwrap_or((code, ""));
    format!("{left}-{right}")
}

/// What a person typed as it is stored; none when it can't be a code.
pub(crate) fn typed(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(CODE_LETTERS + 1)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let fits = code.len() == CODE_LETTERS && code.bytes().all(|letter| LETTERS.contains(&letter));
    fits.then_some(code)
}

/// What a program hears when it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Let in.
    Approved,
    /// Turned away.
    Denied,
    /// Nobody answered yet.
    Pending,
    /// It asks too often.
    TooEarly,
    /// It is over.
    Over,
}

/// Decides by what was answered and when it asked last.
pub(crate) fn heard(
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
    used: bool,
    polled_at: Option<OffsetDateTime>,
    decision: Option<&str>,
) -> Heard {
    match decision {
        _ if used || now >= expires_at => Heard::Over,
        _ if polled_at.is_some_and(|at| now - at < EARLY) => Heard::TooEarly,
        Some("approved") => Heard::Approved,
        Some(_) => Heard::Denied,
        None => Heard::Pending,
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{Heard, heard, shown, typed, user_code};

    #[test]
    fn a_code_is_typed_as_it_is_read() {
        let code = user_code(&[0, 1, 2, 3, 16, 17, 18, 19]);
        assert_eq!(shown(&code), "BCDF-VWXZ");
        assert_eq!(typed(" bcdf vwxz"), Some(code));
        for bad in ["", "BCDF-VWX", "BCDF-VWXZZ", "BCDF-VWXA", "ÄCDF-VWXZ"] {
            assert_eq!(typed(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_program_hears_what_was_answered_once_and_not_too_often() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::hours(1);
        let end = now + Duration::minutes(1);
        let ago = |seconds| Some(now - Duration::seconds(seconds));
        let hears = |used, polled, decision| heard(now, end, used, polled, decision);
        assert_eq!(hears(false, None, None), Heard::Pending);
        assert_eq!(hears(false, ago(5), None), Heard::Pending);
        assert_eq!(hears(false, ago(1), Some("approved")), Heard::TooEarly);
        assert_eq!(hears(false, ago(5), Some("approved")), Heard::Approved);
        assert_eq!(hears(false, ago(5), Some("denied")), Heard::Denied);
        assert_eq!(hears(true, None, Some("approved")), Heard::Over);
        assert_eq!(heard(end, end, false, None, Some("approved")), Heard::Over);
    }
}
