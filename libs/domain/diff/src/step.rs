//! The table of contracts §6, one arm a row.
use wt_exposure::{
    CheckRef, ExposureKey, FieldChange, Fingerprint, InconclusiveReason, Observation,
    changed_fields,
};
use wt_model::{EventType, ExposureState, RunKind};

use crate::{
    CheckKind, Event, Look, Observed, RunContext, Verdict, event_id, gone::weigh, shows_gone,
};

/// What one look at one exposure leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing to write, nothing to tell.
    Nothing,
    /// As [`Step::Nothing`], because the look was too weak to close what it did not see.
    Weaker,
    /// Nothing to write, something to tell: `STILL_OPEN`.
    Tell(Box<Event>),
    /// Something to write, nothing to tell.
    Write(Observed),
    /// Both.
    Become(Observed, Box<Event>),
}

/// Applies one look. `key` must be the key of what the look is about.
pub fn step(
    key: &ExposureKey,
    prior: Option<&Observed>,
    look: &Look<'_>,
    run: &RunContext,
) -> Step {
    let Some(prior) = prior else {
        return match look {
            Look::Present { observation, .. } => {
                let opened = opened(key, observation, run);
                told(opened, EventType::New, look, run)
            }
            _ => Step::Nothing,
        };
    };
    if prior.seq >= run.seq {
        return Step::Nothing;
    }
    match (prior.state, *look) {
        (ExposureState::Open, Look::Present { observation, .. }) => {
            seen_open(prior, observation, look, run)
        }
        (ExposureState::Unresponsive, Look::Present { observation, .. }) => {
            let next = seen_again(prior, observation, run);
            if next.fingerprint == prior.fingerprint {
                told(next, EventType::Responsive, look, run)
            } else {
                changed(prior, next, look, run)
            }
        }
        (
            ExposureState::Fixed | ExposureState::Retired | ExposureState::StaleCheck,
            Look::Present { observation, .. },
        ) => told(
            reopened(prior, observation, run),
            EventType::Reopened,
            look,
            run,
        ),
        (ExposureState::Open | ExposureState::Unresponsive, Look::Absent { .. }) => {
            not_seen(prior, look, run)
        }
        (ExposureState::Open | ExposureState::Unresponsive, Look::Inconclusive { reason, .. }) => {
            not_concluded(prior, look, reason, run)
        }
        (
            ExposureState::Fixed | ExposureState::Retired | ExposureState::StaleCheck,
            Look::Absent { .. } | Look::Inconclusive { .. },
        ) => Step::Nothing,
    }
}

/// The authorization was withdrawn or the asset removed: RETIRED, never FIXED. `cause` is the id
/// of what was withdrawn, `reason` a sentence.
pub fn retire(prior: &Observed, cause: &str, reason: &str) -> Step {
    withdrawn(
        prior,
        ExposureState::Retired,
        EventType::Retired,
        cause,
        reason,
    )
}

/// The check left the catalogue: `STALE_CHECK`, never FIXED. `cause` is the catalogue's digest.
pub fn withdraw_check(prior: &Observed, cause: &str, reason: &str) -> Step {
    withdrawn(
        prior,
        ExposureState::StaleCheck,
        EventType::StaleCheck,
        cause,
        reason,
    )
}

fn withdrawn(
    prior: &Observed,
    state: ExposureState,
    event_type: EventType,
    cause: &str,
    reason: &str,
) -> Step {
    if !matches!(
        prior.state,
        ExposureState::Open | ExposureState::Unresponsive
    ) {
        return Step::Nothing;
    }
    let next = Observed {
        state,
        unresponsive_reason: None,
        gone_seq: None,
        ..prior.clone()
    };
    let event = Event {
        id: event_id(&prior.key, cause, event_type),
        reason: Some(reason.to_owned()),
        ..bare_event(&next, event_type)
    };
    Step::Become(next, Box::new(event))
}

/// An exposure as a first (or first again) sighting leaves it.
fn opened(key: &ExposureKey, seen: &Observation, run: &RunContext) -> Observed {
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
        seq: run.seq,
        unresponsive_reason: None,
        gone_seq: None,
    }
}

/// As [`opened`], in the spelling that the place had first.
fn reopened(prior: &Observed, seen: &Observation, run: &RunContext) -> Observed {
    Observed {
        subject: prior.subject.clone(),
        discriminator: prior.discriminator.clone(),
        ..opened(&prior.key, seen, run)
    }
}

/// As [`reopened`], but what opened it stays the bar for closing it.
fn seen_again(prior: &Observed, seen: &Observation, run: &RunContext) -> Observed {
    Observed {
        opened_strength: prior.opened_strength,
        ..reopened(prior, seen, run)
    }
}

fn seen_open(prior: &Observed, seen: &Observation, look: &Look<'_>, run: &RunContext) -> Step {
    let next = seen_again(prior, seen, run);
    if next.fingerprint != prior.fingerprint {
        return changed(prior, next, look, run);
    }
    // Neither severity nor title is CHANGED by itself (contracts §5), yet what people read is
    // what was seen last.
    let still_open = (run.kind == RunKind::Verify)
        .then(|| event(&next, EventType::StillOpen, look, run, Vec::new(), None));
    // A doubt is over once it is seen.
    match (
        prior.is_told_alike(seen) && prior.gone_seq.is_none(),
        still_open,
    ) {
        (true, None) => Step::Nothing,
        (true, Some(event)) => Step::Tell(Box::new(event)),
        (false, None) => Step::Write(next),
        (false, Some(event)) => Step::Become(next, Box::new(event)),
    }
}

fn not_seen(prior: &Observed, look: &Look<'_>, run: &RunContext) -> Step {
    let Look::Absent {
        control,
        reason,
        confirmed,
        strength,
        digest,
    } = *look
    else {
        return Step::Nothing;
    };
    if !shows_gone(CheckKind::of(&prior.check.id), control, reason) {
        return Step::Weaker;
    }
    match weigh(prior, strength, digest, confirmed, run.seq) {
        Verdict::Gone => fixed(prior, look, run),
        Verdict::Unconfirmed => doubted(prior, run),
        Verdict::Weaker => Step::Weaker,
    }
}

fn not_concluded(
    prior: &Observed,
    look: &Look<'_>,
    reason: InconclusiveReason,
    run: &RunContext,
) -> Step {
    let silence = is_silence(prior, look);
    if prior.state == ExposureState::Unresponsive {
        return if silence {
            match weigh(prior, look.strength(), look.digest(), false, run.seq) {
                Verdict::Gone => fixed(prior, look, run),
                Verdict::Unconfirmed => doubted(prior, run),
                Verdict::Weaker => Step::Weaker,
            }
        } else {
            Step::Nothing
        };
    }
    let strong = weigh(prior, look.strength(), look.digest(), false, run.seq) != Verdict::Weaker;
    let next = Observed {
        state: ExposureState::Unresponsive,
        unresponsive_reason: Some(reason),
        gone_seq: (silence && strong).then_some(run.seq),
        seq: run.seq,
        ..prior.clone()
    };
    let why = Some(reason.as_str().to_owned());
    let event = event(&next, EventType::Unresponsive, look, run, Vec::new(), why);
    Step::Become(next, Box::new(event))
}

/// A port that stays silent while its host answers elsewhere: a sign, once two runs agree.
fn is_silence(prior: &Observed, look: &Look<'_>) -> bool {
    CheckKind::of(&prior.check.id) == CheckKind::Port
        && matches!(
            look,
            Look::Inconclusive {
                reason: InconclusiveReason::Timeout,
                host_answered: true,
                ..
            }
        )
}

fn doubted(prior: &Observed, run: &RunContext) -> Step {
    Step::Write(Observed {
        gone_seq: Some(run.seq),
        seq: run.seq,
        ..prior.clone()
    })
}

fn fixed(prior: &Observed, look: &Look<'_>, run: &RunContext) -> Step {
    let next = Observed {
        state: ExposureState::Fixed,
        unresponsive_reason: None,
        gone_seq: None,
        seq: run.seq,
        ..prior.clone()
    };
    told(next, EventType::Fixed, look, run)
}

fn changed(prior: &Observed, next: Observed, look: &Look<'_>, run: &RunContext) -> Step {
    let fields = changed_fields(&prior.attributes, &next.attributes);
    let event = event(&next, EventType::Changed, look, run, fields, None);
    Step::Become(next, Box::new(event))
}

fn told(next: Observed, event_type: EventType, look: &Look<'_>, run: &RunContext) -> Step {
    let event = event(&next, event_type, look, run, Vec::new(), None);
    Step::Become(next, Box::new(event))
}

fn event(
    about: &Observed,
    event_type: EventType,
    look: &Look<'_>,
    run: &RunContext,
    changed: Vec<FieldChange>,
    reason: Option<String>,
) -> Event {
    Event {
        id: event_id(&about.key, &run.run_id.to_string(), event_type),
        run_id: Some(run.run_id),
        check: CheckRef {
            id: about.check.id.clone(),
            digest: look.digest().to_owned(),
        },
        changed,
        reason,
        settled: Some(look.settled()),
        strength: look.strength(),
        observation: match *look {
            Look::Present { index, .. } => Some(index),
            _ => None,
        },
        ..bare_event(about, event_type)
    }
}

pub(crate) fn bare_event(about: &Observed, event_type: EventType) -> Event {
    Event {
        id: event_id(&about.key, "", event_type),
        key: about.key.clone(),
        event_type,
        run_id: None,
        subject: about.subject.clone(),
        check: about.check.clone(),
        discriminator: about.discriminator.clone(),
        title: about.title.clone(),
        severity: about.severity,
        changed: Vec::new(),
        reason: None,
        settled: None,
        strength: about.opened_strength,
        observation: None,
    }
}
