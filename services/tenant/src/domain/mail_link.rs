//! Links in mails: how long they work, and how many are sent.

use time::{Duration, OffsetDateTime};
use wt_model::MailKind;

/// What a link in a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The address is the person's.
    VerifyEmail,
    /// A new password without the old one.
    ResetPassword,
}

impl Purpose {
    /// Which mail carries it.
    pub(crate) const fn mail(self) -> MailKind {
        match self {
            Self::VerifyEmail => MailKind::VerifyEmail,
            Self::ResetPassword => MailKind::ResetPassword,
        }
    }

    /// The database's word: the mail's.
    pub(crate) const fn as_str(self) -> &'static str {
        self.mail().as_str()
    }

    /// How long a link works: a reset opens an account (ASVS 5 V6.4.1), a proof of an address
    /// may wait for Monday.
    const fn lifetime(self) -> Duration {
        match self {
            Self::VerifyEmail => Duration::days(3),
            Self::ResetPassword => Duration::minutes(30),
        }
    }

    /// When a link made now stops working.
    pub(crate) fn expires_at(self, now: OffsetDateTime) -> OffsetDateTime {
        now + self.lifetime()
    }

    /// The page of the web app that takes the token. It travels behind `#`, so that no server,
    /// proxy or Referer header sees it.
    pub(crate) fn path(self, token: &str) -> String {
        match self {
            Self::VerifyEmail => format!("/verify-email#token={token}"),
            Self::ResetPassword => format!("/reset-password#token={token}"),
        }
    }
}

/// Mails of one purpose to one person in an hour: nobody's mailbox is a target, and one mail may
/// get lost.
pub(crate) const MAILS_PER_HOUR_MAX: i64 = 5;

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::Purpose;

    #[test]
    fn a_reset_link_lives_half_an_hour() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let end = Purpose::ResetPassword.expires_at(now);
        assert_eq!(end - now, Duration::minutes(30));
    }
}
