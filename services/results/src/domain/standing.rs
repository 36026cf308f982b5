//! What people decided about an exposure as it stands, and what a decision makes of it.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use wt_model::{ActionKind, ExposureState};
use wt_risk::Clock;

use super::action::{Decision, Effect, decide};
use crate::error::ResultsFault;

/// Most tags of one exposure.
pub(crate) const TAGS_MAX: usize = 50;

/// The columns that actions write, and only actions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The standing decision.
    pub(crate) decision: Option<String>,
    /// Until when, of an accepted risk.
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) until: Option<OffsetDateTime>,
    /// Who takes care of it.
    pub(crate) assignee: Option<String>,
    /// Ascending.
    pub(crate) tags: BTreeSet<String>,
    /// Seconds its clock stood for decisions that are over.
    #[serde(default)]
    pub(crate) stood_s: i64,
    /// Since when its clock stands.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) paused_at: Option<OffsetDateTime>,
}

/// What a decision meets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Met {
    pub(crate) state: ExposureState,
    /// When the clock of the exposure began.
    pub(crate) clock_from: OffsetDateTime,
    pub(crate) now: OffsetDateTime,
}

impl Standing {
    /// What stands after a decision.
    ///
    /// # Errors
    /// A decision that makes no sense in this state, or one tag too many.
    pub(crate) fn after(&self, met: Met, decision: &Decision) -> Result<Self, ResultsFault> {
        let mut next = self.clone();
        let effect = decide(decision.kind, met.state)?;
        if matches!(effect, Effect::Stands | Effect::Withdrawn) {
            let resumed = self.clock(met.clock_from).resumed(met.now);
            next.stood_s = resumed.stood.whole_seconds();
            let pauses = matches!(
                decision.kind,
                ActionKind::AcceptRisk | ActionKind::FalsePositive
            );
            next.paused_at = pauses.then_some(met.now);
        }
        match effect {
            Effect::Recorded => {}
            Effect::Stands => {
                next.decision = Some(decision.kind.to_string());
                next.until = decision.until;
            }
            Effect::Withdrawn => {
                next.decision = None;
                next.until = None;
            }
            Effect::Assigned => next.assignee = Some(decision.assignee.clone()),
            Effect::Tagged => next.tags.extend(decision.tags.iter().cloned()),
            Effect::Untagged => next.tags.retain(|tag| !decision.tags.contains(tag)),
        }
        if next.tags.len() > TAGS_MAX {
            return Err(ResultsFault::ActionUnsuitable {
                reason: format!("an exposure has at most {TAGS_MAX} tags"),
            });
        }
        Ok(next)
    }

    /// Its clock, as far as people moved it.
    fn clock(&self, from: OffsetDateTime) -> Clock {
        Clock {
            from,
            stood: Duration::seconds(self.stood_s),
            paused_at: self.paused_at,
            paused_until: self.until,
        }
    }

    /// The decision that leads back from here to what stood before one of `kind`; none when
    /// nothing of it can be taken back.
    pub(crate) fn back_to(
        &self,
        before: &Self,
        kind: ActionKind,
        reason: &str,
    ) -> Option<Decision> {
        let of = |kind| Decision {
            kind,
            reason: reason.to_owned(),
            note: String::new(),
            assignee: String::new(),
            until: None,
            run_id: None,
            tags: BTreeSet::new(),
        };
        match kind {
            ActionKind::Note | ActionKind::RequestVerify => None,
            ActionKind::Assign => Some(Decision {
                assignee: before.assignee.clone().unwrap_or_default(),
                ..of(ActionKind::Assign)
            }),
            ActionKind::Tag => Some(Decision {
                tags: self.tags.difference(&before.tags).cloned().collect(),
                ..of(ActionKind::Untag)
            }),
            ActionKind::Untag => Some(Decision {
                tags: before.tags.difference(&self.tags).cloned().collect(),
                ..of(ActionKind::Tag)
            }),
            ActionKind::Acknowledge
            | ActionKind::FixInProgress
            | ActionKind::AcceptRisk
            | ActionKind::FalsePositive
            | ActionKind::Reopen => {
                let stood = before
                    .decision
                    .as_deref()
                    .and_then(|word| word.parse().ok());
                Some(Decision {
                    until: before.until,
                    ..of(stood.unwrap_or(ActionKind::Reopen))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::OffsetDateTime;
    use wt_model::{ActionKind, ExposureState};

    use super::{Decision, Met, Standing};

    fn met(state: ExposureState) -> Met {
        Met {
            state,
            clock_from: OffsetDateTime::UNIX_EPOCH,
            now: OffsetDateTime::UNIX_EPOCH + time::Duration::days(1),
        }
    }

    /// Without what the passing of time does to a clock.
    fn timeless(standing: &Standing) -> Standing {
        Standing {
            stood_s: 0,
            paused_at: None,
            ..standing.clone()
        }
    }

    fn decision(kind: ActionKind) -> Decision {
        Decision {
            kind,
            reason: "because".to_owned(),
            note: String::new(),
            assignee: "ana".to_owned(),
            until: None,
            run_id: None,
            tags: match kind {
                ActionKind::Untag => ["edge".to_owned()].into(),
                _ => ["pci".to_owned()].into(),
            },
        }
    }

    fn standing() -> Standing {
        Standing {
            decision: Some("accept_risk".to_owned()),
            until: Some(OffsetDateTime::UNIX_EPOCH),
            assignee: Some("bo".to_owned()),
            tags: ["edge".to_owned()].into(),
            ..Standing::default()
        }
    }

    #[test]
    fn every_decision_but_a_remark_leads_back_to_what_stood() {
        let before = standing();
        for kind in ActionKind::ALL {
            let after = before
                .after(met(ExposureState::Open), &decision(*kind))
                .unwrap();
            let Some(back) = after.back_to(&before, *kind, "undo") else {
                assert_eq!(after, before, "{kind}");
                continue;
            };
            assert_ne!(after, before, "{kind}");
            let again = after.after(met(ExposureState::Open), &back).unwrap();
            assert_eq!(timeless(&again), before, "{kind}");
        }
    }

    #[test]
    fn tags_add_up_and_each_changes_nothing_else() {
        let tagged = standing()
            .after(met(ExposureState::Fixed), &decision(ActionKind::Tag))
            .unwrap();
        assert_eq!(
            tagged.tags,
            BTreeSet::from(["edge".to_owned(), "pci".to_owned()])
        );
        assert_eq!(tagged.decision, standing().decision);
        let many = Decision {
            tags: (0..50).map(|n| format!("t{n}")).collect(),
            ..decision(ActionKind::Tag)
        };
        assert!(standing().after(met(ExposureState::Open), &many).is_err());
    }

    #[test]
    fn a_clock_stands_while_a_risk_is_accepted_and_goes_on_when_it_is_reopened() {
        let open = met(ExposureState::Open);
        let until = open.now + time::Duration::days(30);
        let accept = Decision {
            until: Some(until),
            ..decision(ActionKind::AcceptRisk)
        };
        let accepted = Standing::default().after(open, &accept).unwrap();
        assert_eq!(accepted.paused_at, Some(open.now));
        let later = Met {
            now: open.now + time::Duration::days(10),
            ..open
        };
        let reopened = accepted
            .after(later, &decision(ActionKind::Reopen))
            .unwrap();
        assert_eq!((reopened.paused_at, reopened.stood_s), (None, 10 * 86_400));
        let noted = accepted.after(later, &decision(ActionKind::Note)).unwrap();
        assert_eq!(noted, accepted);
    }
}
