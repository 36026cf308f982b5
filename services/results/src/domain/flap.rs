//! Which transitions nobody is alerted of, because the exposure keeps going back and forth.
use time::Duration;
use wt_model::EventType;

/// How far back going back and forth counts.
pub(crate) const WITHIN: Duration = Duration::days(7);
/// Turns within that time that are told; the ones after them are not, until it has been quiet.
const TOLD: i64 = 3;

/// Whether an exposure turns by this: it went away, or came back.
pub(crate) const fn is_turn(event: EventType) -> bool {
    matches!(
        event,
        EventType::Fixed | EventType::Reopened | EventType::Unresponsive | EventType::Responsive
    )
}

/// Whether a turn is one too many: `turns` of the exposure within the time before it, itself
/// included.
pub(crate) const fn is_flapping(turns: i64) -> bool {
    turns > TOLD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_turns_are_told_and_what_appears_or_changes_always_is() {
        assert!(!is_flapping(1) && !is_flapping(TOLD) && is_flapping(TOLD + 1));
        for event in [
            EventType::New,
            EventType::Changed,
            EventType::StillOpen,
            EventType::Retired,
        ] {
            assert!(!is_turn(event), "{event}");
        }
    }
}
