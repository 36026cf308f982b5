//! When access-token keys are made, sign, and stop being published.
//!
//! A key is published before it signs, so that whoever keeps a copy of the set has it in time, and
//! stays published until the last token it signed is over. Nobody has to restart for any of it.

use time::{Duration, OffsetDateTime};

/// Published so long before it signs: longer than anybody is told to keep the set.
pub(crate) const AHEAD: Duration = Duration::hours(1);
/// Published so long after it signed: an access token's ten minutes, and clocks that differ.
const AFTER: Duration = Duration::minutes(15);

/// The times of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Signs from here…
    pub(crate) signs_from: OffsetDateTime,
    /// …to here, exclusively.
    pub(crate) signs_until: OffsetDateTime,
    /// Its tokens are believed until here.
    pub(crate) published_until: OffsetDateTime,
}

impl Span {
    /// A key that signs for `lifetime` from `signs_from` on.
    pub(crate) fn from(signs_from: OffsetDateTime, lifetime: Duration) -> Self {
        let signs_until = signs_from + lifetime;
        Self {
            signs_from,
            signs_until,
            published_until: signs_until + AFTER,
        }
    }

    /// Whether it signs now.
    pub(crate) fn signs(&self, now: OffsetDateTime) -> bool {
        self.signs_from <= now && now < self.signs_until
    }

    /// Whether its tokens are believed now; the database asks the same.
    #[cfg(test)]
    pub(crate) fn is_published(&self, now: OffsetDateTime) -> bool {
        now < self.published_until
    }
}

/// The key that has to be made now, if one has: nobody is to be without a key that signs.
pub(crate) fn due(now: OffsetDateTime, keys: &[Span], lifetime: Duration) -> Option<Span> {
    let last = keys.iter().map(|key| key.signs_until).max();
    match last {
        Some(last) if last > now + AHEAD => None,
        Some(last) => Some(Span::from(last.max(now), lifetime)),
        None => Some(Span::from(now, lifetime)),
    }
}

/// Which of the keys signs now: the one that began last.
pub(crate) fn signing<K>(now: OffsetDateTime, keys: &[K], span: impl Fn(&K) -> Span) -> Option<&K> {
    keys.iter()
        .filter(|key| span(key).signs(now))
        .max_by_key(|key| span(key).signs_from)
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{AHEAD, Span, due, signing};

    const LIFETIME: Duration = Duration::days(30);

    #[test]
    fn somebody_signs_and_everybody_was_told_in_time_at_every_minute_of_a_year() {
        let begin = OffsetDateTime::UNIX_EPOCH;
        let mut keys: Vec<(Span, OffsetDateTime)> = Vec::new();
        for minute in 0..365 * 24 * 60 {
            let now = begin + Duration::minutes(minute);
            let spans: Vec<Span> = keys.iter().map(|(span, _)| *span).collect();
            if let Some(span) = due(now, &spans, LIFETIME) {
                keys.push((span, now));
            }
            let (span, made_at) = signing(now, &keys, |(span, _)| *span).unwrap();
            assert!(span.is_published(now));
            let first = minute < LIFETIME.whole_minutes();
            assert!(first || now - *made_at >= AHEAD, "{now}");
            // Tokens of the last ten minutes are still believed.
            let past = now - Duration::minutes(10);
            if past >= begin {
                let (before, _) = signing(past, &keys, |(span, _)| *span).unwrap();
                assert!(before.is_published(now), "{now}");
            }
        }
        assert_eq!(keys.len(), 13);
    }

    #[test]
    fn after_a_long_stop_a_key_signs_at_once() {
        let then = OffsetDateTime::UNIX_EPOCH;
        let old = Span::from(then, LIFETIME);
        let now = then + Duration::days(400);
        let new = due(now, &[old], LIFETIME).unwrap();
        assert!(new.signs(now));
        assert!(!old.is_published(now));
    }
}
