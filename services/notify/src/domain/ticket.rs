//! What news of an exposure means for its issue at a tracker.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use wt_model::EventType;

use super::{
    digest::{Change, place, words},
    line::one_line,
};

/// Longest piece of text taken over from a target.
const TEXT_CHARS_MAX: usize = 200;
/// Most names of fields that are told.
const FIELDS_MAX: usize = 20;

/// One thing to be done at a tracker; as it is stored until it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deed {
    /// The exposure's key.
    pub(crate) exposure: String,
    /// What happened; nothing if a person asked for an issue.
    pub(crate) event: Option<String>,
    /// The event's id; empty if a person asked.
    pub(crate) event_id: String,
    /// When it happened.
    pub(crate) at: OffsetDateTime,
    /// The run that saw it; empty if a person asked.
    pub(crate) run_id: String,
    /// Why, where a reason is part of the event.
    pub(crate) reason: String,
    /// Names of what differs, for `CHANGED`.
    pub(crate) fields: Vec<String>,
    /// Whether an issue is made if there is none.
    pub(crate) opens: bool,
}

impl Deed {
    /// What a run's news asks for. `lets_in`: the rule lets it make an issue.
    pub(crate) fn told(run_id: &str, change: &Change, lets_in: bool, now: OffsetDateTime) -> Self {
        let line = |text: &String| one_line(text, TEXT_CHARS_MAX);
        Self {
            exposure: change.key.clone(),
            event: Some(change.event.as_str().to_owned()),
            event_id: change.id.clone(),
            at: change.at.unwrap_or(now),
            run_id: run_id.to_owned(),
            reason: line(&change.reason),
            fields: change.fields.iter().take(FIELDS_MAX).map(line).collect(),
            opens: lets_in && matches!(change.event, EventType::New | EventType::Reopened),
        }
    }

    /// What a person asks for, about what was last `seen` then.
    pub(crate) fn asked(exposure: &str, seen: OffsetDateTime) -> Self {
        Self {
            exposure: exposure.to_owned(),
            event: None,
            event_id: String::new(),
            at: seen,
            run_id: String::new(),
            reason: String::new(),
            fields: Vec::new(),
            opens: true,
        }
    }

    /// The kind of event, where it is one.
    pub(crate) fn event(&self) -> Option<EventType> {
        self.event.as_deref()?.parse().ok()
    }
}

/// What people see of a deed in a list.
pub(crate) fn subject(change: &Change) -> String {
    let title = one_line(&change.title, TEXT_CHARS_MAX);
    let at = place(&one_line(&change.host, TEXT_CHARS_MAX), change.port);
    format!("{}: {title} at {at}", words(change.event))
}

/// How an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TicketState {
    /// To be made.
    Claimed,
    Open,
    Closed,
    /// Given up before it was made.
    Failed,
    /// Deleted or moved by somebody there.
    Gone,
}

/// A word that names no state of an issue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected claimed, open, closed, failed or gone")]
pub(crate) struct InvalidTicketState;

impl TicketState {
    /// The contract word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }
}

impl std::str::FromStr for TicketState {
    type Err = InvalidTicketState;

    fn from_str(word: &str) -> Result<Self, InvalidTicketState> {
        let all = [
            Self::Claimed,
            Self::Open,
            Self::Closed,
            Self::Failed,
            Self::Gone,
        ];
        let found = all.into_iter().find(|state| state.as_str() == word);
        found.ok_or(InvalidTicketState)
    }
}

/// Which way an issue is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Close,
    Reopen,
}

/// What is done with an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is made.
    Make,
    /// It is told, and turned if that follows.
    Tell(Option<Turn>),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// Decides. `has_issue`: the tracker made it; `seen_at`: the newest event it tells of.
pub(crate) fn step(
    deed: &Deed,
    state: TicketState,
    has_issue: bool,
    seen_at: Option<OffsetDateTime>,
) -> Step {
    if !has_issue {
        return if deed.opens {
            Step::Make
        } else {
            Step::Nothing("there is no issue to tell it in")
        };
    }
    if state == TicketState::Gone {
        return Step::Nothing("the issue was deleted or moved there");
    }
    if seen_at.is_some_and(|seen| deed.at < seen) {
        return Step::Nothing("the issue says something newer already");
    }
    match deed.event() {
        Some(EventType::Fixed) => Step::Tell(Some(Turn::Close)),
        // Told again by a replay, or found again while a person made the issue.
        Some(EventType::New) if state == TicketState::Open => {
            Step::Nothing("the exposure has its issue")
        }
        Some(EventType::New | EventType::Reopened) => Step::Tell(Some(Turn::Reopen)),
        Some(_) => Step::Tell(None),
        None => Step::Nothing("the exposure has its issue"),
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};
    use wt_model::{EventType, Severity};

    use super::{Deed, Step, TicketState, Turn, step};
    use crate::domain::digest::tests::change;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn deed(event: EventType) -> Deed {
        let change = change(event, Severity::High, "a.example");
        Deed::told("run_1", &change, true, NOW)
    }

    #[test]
    fn only_what_is_new_or_back_makes_an_issue_and_only_where_the_rule_lets_it() {
        for &event in EventType::ALL {
            let makes = matches!(event, EventType::New | EventType::Reopened);
            let done = step(&deed(event), TicketState::Claimed, false, None);
            assert_eq!(done == Step::Make, makes, "{event}");
            let held_back = change(event, Severity::High, "a.example");
            let held_back = Deed::told("run_1", &held_back, false, NOW);
            assert!(!held_back.opens);
        }
        assert_eq!(
            step(
                &Deed::asked("exp1_a", NOW),
                TicketState::Claimed,
                false,
                None
            ),
            Step::Make
        );
    }

    #[test]
    fn an_issue_is_closed_by_fixed_alone_and_reopened_by_what_is_back() {
        for &event in EventType::ALL {
            let done = step(&deed(event), TicketState::Open, true, Some(NOW));
            let closes = done == Step::Tell(Some(Turn::Close));
            assert_eq!(closes, event == EventType::Fixed, "{event}");
        }
        for event in [EventType::New, EventType::Reopened] {
            let done = step(&deed(event), TicketState::Closed, true, Some(NOW));
            assert_eq!(done, Step::Tell(Some(Turn::Reopen)));
        }
        let silent = step(
            &deed(EventType::Unresponsive),
            TicketState::Open,
            true,
            None,
        );
        assert_eq!(silent, Step::Tell(None));
    }

    #[test]
    fn nothing_is_done_twice_nor_by_what_is_late_nor_with_what_is_gone() {
        let asked = Deed::asked("exp1_a", NOW);
        for (deed, state, seen) in [
            (deed(EventType::New), TicketState::Open, Some(NOW)),
            (asked, TicketState::Open, None),
            (
                deed(EventType::Fixed),
                TicketState::Open,
                Some(NOW + Duration::SECOND),
            ),
            (deed(EventType::Reopened), TicketState::Gone, None),
        ] {
            let done = step(&deed, state, true, seen);
            assert!(matches!(done, Step::Nothing(_)), "{deed:?}");
        }
    }
}
