//! How long a sign-in lasts, and what a used refresh token means.

use time::{Duration, OffsetDateTime};

/// Longest sign-in, whatever is done with it (ASVS V7.3.2).
const SESSION_LIFETIME: Duration = Duration::days(30);
/// How long one refresh token waits to be used.
const REFRESH_LIFETIME: Duration = Duration::days(14);
/// Two tabs refreshing at once, or an answer that was lost, use one token twice within seconds;
/// a thief comes later (OAuth 2.0 Security BCP, RFC 9700 §4.14).
const REUSE_GRACE: Duration = Duration::seconds(10);

/// When a sign-in that was last used before this is over (ASVS V7.3.1): as long as a refresh token
/// waits, so that both modes end alike.
pub(crate) fn idle_since(now: OffsetDateTime) -> OffsetDateTime {
    now - REFRESH_LIFETIME
}

/// When a session begun now ends.
pub(crate) fn session_expiry(now: OffsetDateTime) -> OffsetDateTime {
    now + SESSION_LIFETIME
}

/// When a refresh token made now ends; never after its session.
pub(crate) fn refresh_expiry(now: OffsetDateTime, session: OffsetDateTime) -> OffsetDateTime {
    (now + REFRESH_LIFETIME).min(session)
}

/// What presenting a refresh token leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presented {
    /// A new pair.
    Rotate,
    /// Nothing: it is over.
    Expired,
    /// Somebody has a copy: the session ends.
    Reused,
}

/// Decides by the token's and its session's times.
pub(crate) fn presented(
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
    session_live: bool,
) -> Presented {
    match used_at {
        _ if !session_live || now >= expires_at => Presented::Expired,
        Some(used_at) if now - used_at > REUSE_GRACE => Presented::Reused,
        _ => Presented::Rotate,
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{Presented, presented};

    #[test]
    fn a_token_used_again_ends_the_session_but_two_tabs_at_once_do_not() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(1);
        let end = now + Duration::days(1);
        let used = |ago| Some(now - Duration::seconds(ago));
        assert_eq!(presented(now, end, None, true), Presented::Rotate);
        assert_eq!(presented(now, end, used(2), true), Presented::Rotate);
        assert_eq!(presented(now, end, used(60), true), Presented::Reused);
        assert_eq!(presented(now, end, used(60), false), Presented::Expired);
        assert_eq!(presented(end, end, None, true), Presented::Expired);
    }
}
