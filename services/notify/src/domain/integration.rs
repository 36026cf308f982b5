//! A way out to a program, a chat or a tracker, and which changes go that way.

use std::collections::BTreeSet;

use wt_model::{AssetId, EventType, Severity};

use super::digest::{Change, RunFacts, is_news};

/// Most integrations of an organization: each is a message per run.
pub(crate) const INTEGRATIONS_MAX: i64 = 20;
/// Most assets one rule names; beyond, a sub-organization is the better cut.
pub(crate) const ASSETS_MAX: usize = 100;
/// Messages given up in a row after which an integration is switched off. Each was tried for
/// about five hours (`domain/retry.rs`): a receiver that missed five is gone, not busy.
pub(crate) const FAILURES_MAX: i32 = 5;

/// What receives the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A program: signed JSON with every change (docs/guides/webhooks.md).
    Webhook,
    /// A chat that takes Slack's messages: people read it, so it is short.
    Slack,
    /// Issues of a repository: one an exposure (docs/guides/tickets.md).
    GitHub,
    /// Issues of a Jira project, likewise.
    Jira,
}

/// A word that names no kind of integration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected webhook, slack, github or jira")]
pub(crate) struct InvalidKind;

impl Kind {
    /// The contract word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::GitHub => "github",
            Self::Jira => "jira",
        }
    }

    /// Whether it keeps an issue an exposure, rather than being told a message a run.
    pub(crate) fn is_tracker(self) -> bool {
        matches!(self, Self::GitHub | Self::Jira)
    }
}

impl std::str::FromStr for Kind {
    type Err = InvalidKind;

    fn from_str(word: &str) -> Result<Self, InvalidKind> {
        match word {
            "webhook" => Ok(Self::Webhook),
            "slack" => Ok(Self::Slack),
            "github" => Ok(Self::GitHub),
            "jira" => Ok(Self::Jira),
            _ => Err(InvalidKind),
        }
    }
}

/// Which changes are told; an empty set narrows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Least severity worth telling.
    pub(crate) min_severity: Severity,
    /// Kinds of event.
    pub(crate) events: BTreeSet<EventType>,
    /// Where they happened.
    pub(crate) assets: BTreeSet<AssetId>,
}

impl Rule {
    /// Whether this change of this run goes this way.
    pub(crate) fn tells(&self, run: &RunFacts, change: &Change) -> bool {
        self.follows(run, change)
            && change.severity >= self.min_severity
            && (self.assets.is_empty()
                || change
                    .asset_id
                    .parse()
                    .is_ok_and(|asset| self.assets.contains(&asset)))
    }

    /// Whether what happens to an exposure that has an issue already is told there. An issue is not
    /// left open because its exposure got less severe.
    pub(crate) fn follows(&self, run: &RunFacts, change: &Change) -> bool {
        is_news(run, change) && (self.events.is_empty() || self.events.contains(&change.event))
    }
}

/// Why an integration is switched off after an attempt that came to nothing, if it is.
/// `gone`: the receiver said that it is gone for good. `given_up`: messages given up in a row.
pub(crate) fn why_off(gone: bool, given_up: i32) -> Option<&'static str> {
    if gone {
        // Standard Webhooks, "Deliverability": 410 asks to send nothing more.
        Some("the receiver answered 410: it is gone")
    } else if given_up >= FAILURES_MAX {
        Some("five messages in a row could not be delivered")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wt_model::{AssetId, EventType, RunKind, RunState, Severity, TypedId};

    use super::{Rule, RunFacts, why_off};
    use crate::domain::digest::tests::change;

    fn run(kind: RunKind) -> RunFacts {
        RunFacts {
            run_id: "run_1".to_owned(),
            kind,
            state: RunState::Completed,
        }
    }

    fn everything() -> Rule {
        Rule {
            min_severity: Severity::Info,
            events: BTreeSet::new(),
            assets: BTreeSet::new(),
        }
    }

    #[test]
    fn each_part_of_a_rule_narrows_and_what_is_empty_does_not() {
        let asset = AssetId::from_ulid(ulid::Ulid(7));
        let run = run(RunKind::OnDemand);
        let mut new = change(EventType::New, Severity::High, "a.example");
        new.asset_id = asset.to_string();
        assert!(everything().tells(&run, &new));
        let strict = Rule {
            min_severity: Severity::High,
            events: BTreeSet::from([EventType::New, EventType::Reopened]),
            assets: BTreeSet::from([asset]),
        };
        assert!(strict.tells(&run, &new));
        for other in [
            {
                let mut other = new.clone();
                other.severity = Severity::Medium;
                other
            },
            {
                let mut other = new.clone();
                other.event = EventType::Fixed;
                other
            },
            {
                let mut other = new.clone();
                other.asset_id = "ast_other".to_owned();
                other
            },
        ] {
            assert!(!strict.tells(&run, &other), "{other:?}");
        }
    }

    #[test]
    fn what_has_an_issue_is_followed_whatever_its_severity() {
        let mut strict = everything();
        strict.min_severity = Severity::Critical;
        let fixed = change(EventType::Fixed, Severity::Low, "a.example");
        let run = run(RunKind::OnDemand);
        assert!(!strict.tells(&run, &fixed) && strict.follows(&run, &fixed));
        strict.events = BTreeSet::from([EventType::New]);
        assert!(!strict.follows(&run, &fixed));
    }

    #[test]
    fn still_open_is_news_of_a_verify_run_only() {
        let still = change(EventType::StillOpen, Severity::High, "a.example");
        assert!(everything().tells(&run(RunKind::Verify), &still));
        assert!(!everything().tells(&run(RunKind::Scheduled), &still));
    }

    #[test]
    fn a_receiver_that_is_gone_or_missed_five_is_switched_off() {
        assert_eq!(why_off(false, 4), None);
        assert!(why_off(false, 5).is_some_and(|why| why.contains("five")));
        assert!(why_off(true, 0).is_some_and(|why| why.contains("410")));
    }
}
