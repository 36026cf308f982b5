//! What stands in a link that shows one report to whoever has it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use time::Duration;

use crate::error::ReportFault;

/// Bytes of a token: nobody guesses one, so that a plain hash of it is enough to keep.
const TOKEN_BYTES: usize = 32;
/// Longest a link lives, days: a month's report is replaced by the next.
pub(crate) const DAYS_MAX: u32 = 30;

/// What opens a share. Shown once, to who makes it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ShareToken([u8; TOKEN_BYTES]);

impl ShareToken {
    /// The token of these random bytes.
    pub(crate) fn of(random: [u8; TOKEN_BYTES]) -> Self {
        Self(random)
    }

    /// Reads what stands in a link. What could be written in another way is none, so that each token
    /// has one text.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// As it stands in a link.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// All that is kept of it.
    pub(crate) fn hash(&self) -> String {
        hex::encode(digest(&SHA256, &self.0))
    }
}

/// How long a link lives.
///
/// # Errors
/// Less than a day or more than [`DAYS_MAX`].
pub(crate) fn lifetime(days: u32) -> Result<Duration, ReportFault> {
    if (1..=DAYS_MAX).contains(&days) {
        Ok(Duration::days(i64::from(days)))
    } else {
        let reason = format!("expected 1 to {DAYS_MAX}");
        Err(ReportFault::field("days", reason))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DAYS_MAX, ShareToken, lifetime};

    #[test]
    fn a_link_lives_at_least_a_day_and_at_most_a_month() {
        assert!(lifetime(0).is_err() && lifetime(DAYS_MAX + 1).is_err());
        assert_eq!(lifetime(7).unwrap().whole_days(), 7);
    }

    proptest! {
        #[test]
        fn a_token_has_one_text_and_the_text_is_not_in_what_is_kept(bytes: [u8; 32]) {
            let token = ShareToken::of(bytes);
            let text = token.text();
            prop_assert!(ShareToken::read(&text).unwrap() == token);
            prop_assert!(!token.hash().contains(&text));
            let padded = format!("{text}=");
            prop_assert!(ShareToken::read(&padded).is_none());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            if let Some(token) = ShareToken::read(&text) {
                prop_assert_eq!(token.text(), text);
            }
        }
    }
}
