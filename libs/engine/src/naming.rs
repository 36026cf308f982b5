//! One name from what name servers say to outcomes: ask, judge, and ask twice where it matters.
use std::collections::BTreeSet;

use wt_exposure::{CheckRef, NAME_PORT};
use wt_model::{AssetId, Policy};

use crate::{
    check::{Verdict, judge_name, name_ask},
    host::{Asked, GONE, Outcome, Place, agree, at_hand, record_all, to_see_again},
    probe::{NameInspector, NameProbed},
};

/// What a name is judged for.
pub(crate) struct NameTask<'a> {
    pub(crate) asset_id: AssetId,
    /// Canonical name, as planned.
    pub(crate) name: &'a str,
    pub(crate) checks: &'a [CheckRef],
    /// Checks that are open on this name now.
    pub(crate) known: &'a BTreeSet<&'a str>,
    pub(crate) strength: u8,
    pub(crate) policy: Policy,
}

/// Asks about a name and judges the answers. A known cell that is absent or undecided is asked
/// about again: an absence counts as confirmed only when both answers agree.
pub(crate) async fn settle_name(inspector: &NameInspector<'_>, task: &NameTask<'_>) -> Outcome {
    let mut outcome = Outcome {
        spoken: "dns",
        ..Outcome::default()
    };
    let here = at_hand(task.checks, task.policy, &mut outcome);
    if here.is_empty() {
        return outcome;
    }
    let asks = here
        .iter()
        .filter_map(|(_, check)| name_ask(check))
        .collect();
    let facts = match inspector.inspect(task.name, &asks).await {
        NameProbed::Facts(facts) => facts,
        NameProbed::Gone => {
            // Its servers were asked twice, so it is confirmed.
            let gone = here.iter().map(|(wanted, _)| ((*wanted).clone(), GONE));
            outcome.settled.extend(gone);
            return outcome;
        }
    };
    let mut verdicts: Vec<Verdict> = here.iter().map(|(_, c)| judge_name(c, &facts)).collect();
    let again = to_see_again(&here, &verdicts, task.known);
    let confirmed = look_again(inspector, task, &here, &mut verdicts, again).await;
    let place = Place {
        asset_id: task.asset_id,
        host: task.name,
        port: NAME_PORT,
        strength: task.strength,
    };
    record_all(&mut outcome, &place, &here, verdicts, &confirmed);
    outcome
}

/// Asks the same again, and what of it the second answers confirm.
async fn look_again(
    inspector: &NameInspector<'_>,
    task: &NameTask<'_>,
    here: &[Asked<'_>],
    verdicts: &mut [Verdict],
    again: Vec<usize>,
) -> BTreeSet<usize> {
    let mut confirmed = BTreeSet::new();
    let checks: Vec<_> = again.iter().filter_map(|at| here.get(*at)).collect();
    let asks = checks
        .iter()
        .filter_map(|(_, check)| name_ask(check))
        .collect();
    if checks.is_empty() {
        return confirmed;
    }
    // A name that went away between the two looks leaves them undecided; the next run says so.
    let NameProbed::Facts(second) = inspector.inspect(task.name, &asks).await else {
        return confirmed;
    };
    for at in again {
        if let Some((_, check)) = here.get(at)
            && agree(verdicts, at, judge_name(check, &second))
        {
            confirmed.insert(at);
        }
    }
    confirmed
}
