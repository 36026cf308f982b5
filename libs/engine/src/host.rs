//! One open port from facts to outcomes: inspect, judge, and look twice where it matters.
use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use wt_exposure::{
    AbsentReason, CheckRef, Control, InconclusiveReason, Observation, Settled, Subject, Transport,
};
use wt_model::{AssetId, Policy};

use crate::{
    check::{Check, Finding, Known, Verdict, find, judge, needs_of},
    guard::Peer,
    probe::Inspector,
};

/// What a port is judged for.
pub(crate) struct PortTask<'a> {
    pub(crate) asset_id: AssetId,
    /// Canonical host, as planned.
    pub(crate) host: &'a str,
    pub(crate) peer: Peer,
    pub(crate) checks: &'a [CheckRef],
    /// Checks that are open on this port now.
    pub(crate) known: &'a BTreeSet<&'a str>,
    pub(crate) strength: u8,
    pub(crate) policy: Policy,
}

/// How the cells of one open port, or of one name, settled, and what was seen.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) settled: BTreeMap<CheckRef, Settled>,
    pub(crate) observations: Vec<Observation>,
    /// Checks that saw something.
    pub(crate) seen: BTreeSet<String>,
    /// What the port speaks.
    pub(crate) spoken: &'static str,
}

/// Where cells settle, and what for.
pub(crate) struct Place<'a> {
    pub(crate) asset_id: AssetId,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) strength: u8,
}

/// How a cell of a name settles that does not exist, by the word of its zone's servers, who were
/// asked twice.
pub(crate) const GONE: Settled = Settled::Absent {
    control: Control::ZoneAnswered,
    reason: AbsentReason::NameGone,
    confirmed: true,
};

/// A check that a job asks for, with the reference it was planned by.
pub(crate) type Asked<'a> = (&'a CheckRef, &'static Check);

/// The checks that can be concluded; the others settle at once.
pub(crate) fn at_hand<'a>(
    checks: &'a [CheckRef],
    policy: Policy,
    outcome: &mut Outcome,
) -> Vec<Asked<'a>> {
    let mut here = Vec::new();
    for wanted in checks {
        match find(wanted) {
            Known::Missing => settle(outcome, wanted, InconclusiveReason::CheckMissing),
            Known::Here(check) if !check.is_allowed_by(policy) => {
                settle(outcome, wanted, InconclusiveReason::Skipped);
            }
            Known::Here(check) => here.push((wanted, check)),
        }
    }
    here
}

/// Which verdicts need a second look: known cells that were not seen.
pub(crate) fn to_see_again(
    here: &[Asked<'_>],
    verdicts: &[Verdict],
    known: &BTreeSet<&str>,
) -> Vec<usize> {
    here.iter()
        .zip(verdicts)
        .enumerate()
        .filter(|(_, ((_, check), verdict))| {
            known.contains(check.id) && !matches!(verdict, Verdict::Present(_))
        })
        .map(|(at, _)| at)
        .collect()
}

/// Takes the second look at `at` into account; whether an absence is confirmed by it.
pub(crate) fn agree(verdicts: &mut [Verdict], at: usize, second: Verdict) -> bool {
    let Some(first) = verdicts.get_mut(at) else {
        return false;
    };
    let (agreed, is_confirmed) = combine(first, second);
    *first = agreed;
    is_confirmed
}

/// Inspects a port and judges it. A known cell that is absent or undecided is looked at again
/// with fresh connections: an absence counts as confirmed only when both looks agree.
pub(crate) async fn settle_port(
    inspector: &Inspector<'_>,
    task: &PortTask<'_>,
    now: OffsetDateTime,
) -> Outcome {
    let mut outcome = Outcome::default();
    let here = at_hand(task.checks, task.policy, &mut outcome);
    let facts = inspector
        .inspect(&task.peer, &needs_of(here.iter().map(|(_, check)| *check)))
        .await;
    outcome.spoken = facts.protocol.as_str();
    let mut verdicts: Vec<Verdict> = here.iter().map(|(_, c)| judge(c, &facts, now)).collect();
    let again = to_see_again(&here, &verdicts, task.known);
    let mut confirmed = BTreeSet::new();
    if !again.is_empty() {
        let checks = again.iter().filter_map(|at| here.get(*at)).map(|(_, c)| *c);
        let second = inspector.inspect(&task.peer, &needs_of(checks)).await;
        for at in again {
            if let Some((_, check)) = here.get(at)
                && agree(&mut verdicts, at, judge(check, &second, now))
            {
                confirmed.insert(at);
            }
        }
    }
    let place = Place {
        asset_id: task.asset_id,
        host: task.host,
        port: task.peer.port,
        strength: task.strength,
    };
    record_all(&mut outcome, &place, &here, verdicts, &confirmed);
    outcome
}

/// Settles every cell at hand by its verdict.
pub(crate) fn record_all(
    outcome: &mut Outcome,
    place: &Place<'_>,
    here: &[Asked<'_>],
    verdicts: Vec<Verdict>,
    confirmed: &BTreeSet<usize>,
) {
    for (at, ((wanted, check), verdict)) in here.iter().zip(verdicts).enumerate() {
        record(
            outcome,
            place,
            wanted,
            check,
            verdict,
            confirmed.contains(&at),
        );
    }
}

/// What two looks say together: seeing it once is enough, absence needs both. A fault that began
/// between the two may have begun within the first.
fn combine(first: &Verdict, second: Verdict) -> (Verdict, bool) {
    match (first, second) {
        (_, seen @ Verdict::Present(_)) => (seen, false),
        (Verdict::Absent(control), Verdict::Absent(_)) => (Verdict::Absent(*control), true),
        (_, second) => (second, false),
    }
}

fn settle(outcome: &mut Outcome, wanted: &CheckRef, reason: InconclusiveReason) {
    outcome
        .settled
        .insert(wanted.clone(), Settled::Inconclusive { reason });
}

fn record(
    outcome: &mut Outcome,
    place: &Place<'_>,
    wanted: &CheckRef,
    check: &'static Check,
    verdict: Verdict,
    confirmed: bool,
) {
    let settled = settled_as(&verdict, confirmed);
    if let Verdict::Present(findings) = verdict {
        outcome.seen.insert(check.id.to_owned());
        let observed = findings
            .into_iter()
            .map(|finding| observation(place, check, finding));
        outcome.observations.extend(observed);
    }
    outcome.settled.insert(wanted.clone(), settled);
}

/// How a cell settles by a verdict.
pub(crate) fn settled_as(verdict: &Verdict, confirmed: bool) -> Settled {
    match verdict {
        Verdict::Inconclusive(reason) => Settled::Inconclusive { reason: *reason },
        Verdict::Absent(control) => Settled::Absent {
            control: *control,
            reason: AbsentReason::NotThere,
            confirmed,
        },
        Verdict::Present(_) => Settled::Present,
    }
}

fn observation(place: &Place<'_>, check: &Check, finding: Finding) -> Observation {
    Observation {
        subject: Subject {
            asset_id: place.asset_id,
            host: place.host.to_owned(),
            transport: Transport::Tcp,
            port: place.port,
        },
        check: check.reference(),
        discriminator: finding.discriminator,
        attributes: finding.attributes,
        title: finding.title,
        severity: finding.severity.unwrap_or(check.severity),
        strength: place.strength,
        evidence: finding.evidence,
    }
}

#[cfg(test)]
mod tests {
    use wt_exposure::{Control, InconclusiveReason};

    use super::{Verdict, combine};

    #[test]
    fn only_two_agreeing_absences_are_confirmed() {
        let absent = || Verdict::Absent(Control::VhostAnswered);
        let silent = || Verdict::Inconclusive(InconclusiveReason::Timeout);
        let seen = || Verdict::Present(Vec::new());
        assert_eq!(combine(&absent(), absent()), (absent(), true));
        assert_eq!(combine(&absent(), silent()), (silent(), false));
        assert_eq!(combine(&absent(), seen()), (seen(), false));
        assert_eq!(combine(&silent(), absent()), (absent(), false));
        assert_eq!(combine(&silent(), silent()), (silent(), false));
    }
}
