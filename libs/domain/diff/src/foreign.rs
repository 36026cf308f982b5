//! What others told us they saw: evidence, and nothing else (contracts §4, §6).
//!
//! A file of another tool opens, confirms, changes or reopens an exposure. It has no cells, so it
//! settles none: nothing becomes FIXED or UNRESPONSIVE by it, and no run of ours comes too late
//! because of it. It takes no place among the runs either: what it opens was last changed by run
//! 0, before all of them, and what it changes stays where the last run left it.
use std::collections::BTreeMap;

use wt_exposure::{ExposureKey, Fingerprint, Observation, changed_fields};
use wt_model::{EventType, ExposureState};

use crate::{Applied, Change, Event, Observed, event::event_id, step::bare_event};

/// The place of what was told among the runs: before all of them.
const SEQ: i64 = 0;

/// Who told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// Id of the import.
    pub cause: &'a str,
    /// Where it came from, as people read it.
    pub reason: &'a str,
}

/// Applies what was told at one time. `seen` holds each exposure once, by ascending key, and only
/// what no run of ours knows better since; `priors` must hold those of them that exist.
/// [`Applied::unchanged`] and [`Event::observation`] are places in `seen`.
pub fn apply_told(
    priors: &BTreeMap<ExposureKey, Observed>,
    seen: &[(ExposureKey, &Observation)],
    told: Told<'_>,
) -> Applied {
    let mut applied = Applied::default();
    for (index, (key, observation)) in seen.iter().enumerate() {
        let prior = priors.get(key);
        let (next, event) = one(key, prior, observation);
        match event {
            Some(event_type) => {
                let event = event_of(prior, &next, observation, event_type, told);
                applied.events.push(Event {
                    observation: Some(index),
                    ..event
                });
                let from = prior.map(|prior| prior.state);
                applied.changes.push(Change { from, next });
            }
            // A doubt is over once it is seen.
            None if prior.is_some_and(|prior| prior.gone_seq.is_some()) => {
                let from = prior.map(|prior| prior.state);
                applied.changes.push(Change { from, next });
            }
            None => applied.unchanged.push(index),
        }
    }
    applied
}

fn one(
    key: &ExposureKey,
    prior: Option<&Observed>,
    seen: &Observation,
) -> (Observed, Option<EventType>) {
    let Some(prior) = prior else {
        return (opened(key, seen), Some(EventType::New));
    };
    // A file rarely names every attribute of the check: what it is silent about is no change.
    let mut attributes = prior.attributes.clone();
    attributes.extend(seen.attributes.clone());
    let fingerprint = Fingerprint::of(&attributes);
    let next = Observed {
        state: ExposureState::Open,
        attributes,
        fingerprint,
        unresponsive_reason: None,
        gone_seq: None,
        ..prior.clone()
    };
    let is_same = fingerprint == prior.fingerprint;
    match (prior.state, is_same) {
        (ExposureState::Open, true) => (next, None),
        (ExposureState::Unresponsive, true) => (next, Some(EventType::Responsive)),
        (ExposureState::Open | ExposureState::Unresponsive, false) => {
            (next, Some(EventType::Changed))
        }
        (ExposureState::Fixed | ExposureState::Retired | ExposureState::StaleCheck, _) => {
            let reopened = Observed {
                check: seen.check.clone(),
                opened_strength: seen.strength,
                severity: seen.severity,
                title: seen.title.clone(),
                ..next
            };
            (reopened, Some(EventType::Reopened))
        }
    }
}

fn opened(key: &ExposureKey, seen: &Observation) -> Observed {
    Observed {
        key: key.clone(),
        subject: seen.subject.clone(),
        check: seen.check.clone(),
        discriminator: seen.discriminator.clone(),
        state: ExposureState::Open,
        severity: seen.severity,
        title: seen.title.clone(),
        attributes: seen.attributes.clone(),
        fingerprint: Fingerprint::of(&seen.attributes),
        opened_strength: seen.strength,
        seq: SEQ,
        unresponsive_reason: None,
        gone_seq: None,
    }
}

fn event_of(
    prior: Option<&Observed>,
    next: &Observed,
    seen: &Observation,
    event_type: EventType,
    told: Told<'_>,
) -> Event {
    let changed = match (event_type, prior) {
        (EventType::Changed, Some(prior)) => changed_fields(&prior.attributes, &next.attributes),
        _ => Vec::new(),
    };
    Event {
        id: event_id(&next.key, told.cause, event_type),
        reason: Some(told.reason.to_owned()),
        changed,
        strength: seen.strength,
        ..bare_event(next, event_type)
    }
}
