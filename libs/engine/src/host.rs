//! One open port from facts to outcomes: inspect, judge, and look twice where it matters.
use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use wt_exposure::{
    AbsentReason, CheckRef, InconclusiveReason, Observation, Settled, Subject, Transport,
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

/// How the cells of one open port settled, and what was seen.
#[derive(Debug, Default)]
pub(crate) struct PortOutcome {
    pub(crate) settled: BTreeMap<CheckRef, Settled>,
    pub(crate) observations: Vec<Observation>,
    /// Checks that saw something.
    pub(crate) seen: BTreeSet<&'static str>,
    /// What the port speaks.
    pub(crate) spoken: &'static str,
}

/// Inspects a port and judges it. A known cell that is absent or undecided is looked at again
/// with fresh connections: an absence counts as confirmed only when both looks agree.
pub(crate) async fn settle_port(
    inspector: &Inspector<'_>,
    task: &PortTask<'_>,
    now: OffsetDateTime,
) -> PortOutcome {
    let mut outcome = PortOutcome::default();
    let mut here: Vec<(&CheckRef, &'static Check)> = Vec::new();
    for wanted in task.checks {
        match find(wanted) {
            Known::Missing => settle(&mut outcome, wanted, InconclusiveReason::CheckMissing),
            Known::Here(check) if !check.is_allowed_by(task.policy) => {
                settle(&mut outcome, wanted, InconclusiveReason::Skipped);
            }
            Known::Here(check) => here.push((wanted, check)),
        }
    }
    let facts = inspector
        .inspect(&task.peer, &needs_of(here.iter().map(|(_, check)| *check)))
        .await;
    outcome.spoken = facts.protocol.as_str();
    let mut verdicts: Vec<Verdict> = here.iter().map(|(_, c)| judge(c, &facts, now)).collect();
    let again: Vec<usize> = (0..here.len())
        .filter(|at| {
            let is_known = here
                .get(*at)
                .is_some_and(|(_, c)| task.known.contains(c.id));
            let is_present = matches!(verdicts.get(*at), Some(Verdict::Present(_)));
            is_known && !is_present
        })
        .collect();
    let mut confirmed = BTreeSet::new();
    if !again.is_empty() {
        let checks = again.iter().filter_map(|at| here.get(*at)).map(|(_, c)| *c);
        let second = inspector.inspect(&task.peer, &needs_of(checks)).await;
        for at in again {
            if let (Some((_, check)), Some(first)) = (here.get(at), verdicts.get_mut(at)) {
                let (agreed, is_confirmed) = combine(first, judge(check, &second, now));
                *first = agreed;
                if is_confirmed {
                    confirmed.insert(at);
                }
            }
        }
    }
    for (at, ((wanted, check), verdict)) in here.iter().zip(verdicts).enumerate() {
        record(
            &mut outcome,
            task,
            wanted,
            check,
            verdict,
            confirmed.contains(&at),
        );
    }
    outcome
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

fn settle(outcome: &mut PortOutcome, wanted: &CheckRef, reason: InconclusiveReason) {
    outcome
        .settled
        .insert(wanted.clone(), Settled::Inconclusive { reason });
}

fn record(
    outcome: &mut PortOutcome,
    task: &PortTask<'_>,
    wanted: &CheckRef,
    check: &'static Check,
    verdict: Verdict,
    confirmed: bool,
) {
    let settled = match verdict {
        Verdict::Inconclusive(reason) => Settled::Inconclusive { reason },
        Verdict::Absent(control) => Settled::Absent {
            control,
            reason: AbsentReason::NotThere,
            confirmed,
        },
        Verdict::Present(findings) => {
            outcome.seen.insert(check.id);
            let observed = findings
                .into_iter()
                .map(|finding| observation(task, check, finding));
            outcome.observations.extend(observed);
            Settled::Present
        }
    };
    outcome.settled.insert(wanted.clone(), settled);
}

fn observation(task: &PortTask<'_>, check: &Check, finding: Finding) -> Observation {
    Observation {
        subject: Subject {
            asset_id: task.asset_id,
            host: task.host.to_owned(),
            transport: Transport::Tcp,
            port: task.peer.port,
        },
        check: check.reference(),
        discriminator: finding.discriminator,
        attributes: finding.attributes,
        title: finding.title,
        severity: finding.severity.unwrap_or(check.severity),
        strength: task.strength,
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
