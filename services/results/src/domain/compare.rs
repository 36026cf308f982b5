//! What the later of two runs saw beside the earlier one.
//!
//! **Invariant**: nothing is gone, and nothing new, that the other run did not settle by the rule
//! that makes an exposure FIXED (contracts §6): as hard, by the same rules, with a control that
//! shows it could have been seen.
use std::collections::{BTreeMap, BTreeSet};

use wt_diff::{CheckKind, shows_gone};
use wt_exposure::{CheckRef, Fingerprint, JobReport, Observation, Settled, Subject};
use wt_model::Severity;

/// What one run saw of one exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) subject: Subject,
    pub(crate) check: CheckRef,
    pub(crate) severity: Severity,
    pub(crate) title: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) strength: u8,
}

impl From<Observation> for Sighting {
    fn from(seen: Observation) -> Self {
        Self {
            subject: seen.subject,
            check: seen.check,
            severity: seen.severity,
            title: seen.title,
            attributes: seen.attributes,
            strength: seen.strength,
        }
    }
}

impl Sighting {
    /// Whether this one is told of two of one run: the worse, else by what was seen, so that the
    /// order of the report does not decide.
    pub(crate) fn speaks_for(&self, other: &Self) -> bool {
        (std::cmp::Reverse(self.severity), &self.attributes)
            <= (std::cmp::Reverse(other.severity), &other.attributes)
    }
}

/// How the run that did not see an exposure settled its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) settled: Settled,
    pub(crate) strength: u8,
    /// Of the check, as it ran.
    pub(crate) digest: String,
}

/// What became of an exposure between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// The earlier had looked, and it was not there.
    New,
    /// The later looked, and it was not there any more.
    Gone,
    /// Seen by both; the names of what differs.
    Changed(Vec<String>),
    /// Seen by both as it was.
    Same,
    /// Nothing is known, and why.
    NotCompared(String),
}

impl What {
    /// The contract's word.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Changed(_) => "changed",
            Self::Same => "same",
            Self::NotCompared(_) => "not_compared",
        }
    }
}

/// Of two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one of the lower number.
    Earlier,
    /// The other.
    Later,
}

/// What became of an exposure that both saw.
pub(crate) fn of_both(earlier: &Sighting, later: &Sighting) -> What {
    let mut differs = BTreeSet::new();
    if Fingerprint::of(&earlier.attributes) != Fingerprint::of(&later.attributes) {
        let names = earlier.attributes.keys().chain(later.attributes.keys());
        let other = |name: &&String| earlier.attributes.get(*name) != later.attributes.get(*name);
        differs.extend(names.filter(other).cloned());
    }
    if earlier.severity != later.severity {
        differs.insert("severity".to_owned());
    }
    if differs.is_empty() {
        What::Same
    } else {
        What::Changed(differs.into_iter().collect())
    }
}

/// What became of an exposure that only `by` saw, by how the other run settled its cell.
pub(crate) fn of_one(seen: &Sighting, by: Which, cell: Option<&Cell>) -> What {
    let (other, outcome) = match by {
        Which::Earlier => ("later", What::Gone),
        Which::Later => ("earlier", What::New),
    };
    let unknown = |why: String| What::NotCompared(format!("the {other} run {why}"));
    let Some(cell) = cell else {
        return unknown("did not look there".to_owned());
    };
    let confirmed = match cell.settled {
        Settled::Inconclusive { reason } => {
            return unknown(format!("could not tell ({})", reason.as_str()));
        }
        // A present cell lists every finding, so one it does not list was not there.
        Settled::Present => false,
        Settled::Absent {
            control,
            reason,
            confirmed,
        } => {
            if !shows_gone(CheckKind::of(&seen.check.id), control, reason) {
                return unknown("could not have seen it".to_owned());
            }
            confirmed
        }
    };
    if cell.strength < seen.strength {
        unknown("looked less hard".to_owned())
    } else if cell.digest != seen.check.digest {
        unknown("looked by other rules".to_owned())
    } else if by == Which::Earlier && !confirmed {
        unknown("did not see it once; a second look has to agree".to_owned())
    } else {
        outcome
    }
}

/// How much two runs differ in what they looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Hosts only one of them looked at.
    pub(crate) hosts_earlier: i64,
    pub(crate) hosts_later: i64,
    /// Hosts both looked at, at other ports.
    pub(crate) ports: i64,
    /// Checks only one of them ran.
    pub(crate) checks_earlier: i64,
    pub(crate) checks_later: i64,
    /// Checks both ran, by other rules.
    pub(crate) rules: i64,
}

/// A reason against comparing: permanent code, and a sentence.
pub(crate) type Reason = (&'static str, String);

/// What stands against comparing two runs that settled something.
pub(crate) fn reasons(scope: &Scope, profiles: (&str, &str)) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let say = |parts: [(i64, &str, &str); 3]| {
        let said = parts.into_iter().filter(|(n, _, _)| *n > 0);
        let said: Vec<String> = said
            .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
            .collect();
        (!said.is_empty()).then(|| said.join(", "))
    };
    let scope_says = say([
        (
            scope.hosts_earlier,
            "host was looked at only by the earlier run",
            "hosts were looked at only by the earlier run",
        ),
        (
            scope.hosts_later,
            "host was looked at only by the later run",
            "hosts were looked at only by the later run",
        ),
        (
            scope.ports,
            "host was looked at on other ports",
            "hosts were looked at on other ports",
        ),
    ]);
    if let Some(says) = scope_says {
        reasons.push(("scope_differed", format!("scope differed: {says}")));
    }
    if profiles.0 != profiles.1 {
        let says = format!("profile differed: {} and {}", profiles.0, profiles.1);
        reasons.push(("profile_differed", says));
    }
    let checks_say = say([
        (
            scope.checks_earlier,
            "check ran only in the earlier run",
            "checks ran only in the earlier run",
        ),
        (
            scope.checks_later,
            "check ran only in the later run",
            "checks ran only in the later run",
        ),
        (
            scope.rules,
            "check ran by other rules",
            "checks ran by other rules",
        ),
    ]);
    if let Some(says) = checks_say {
        reasons.push(("checks_differed", format!("checks differed: {says}")));
    }
    reasons
}

/// What a report saw in cells it calls present: positive evidence belongs to a settled cell.
pub(crate) fn seen_in(report: JobReport) -> Vec<Observation> {
    let JobReport {
        cells,
        observations,
        ..
    } = report;
    let mut present: BTreeMap<(&str, &str), Vec<_>> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.settled == Settled::Present) {
        for check in &cell.checks {
            let of_check = present.entry((&cell.host, &check.id)).or_default();
            of_check.push(cell);
        }
    }
    observations
        .into_iter()
        .filter(|seen| {
            let (subject, check) = (&seen.subject, &seen.check);
            let cells = present.get(&(subject.host.as_str(), check.id.as_str()));
            cells.into_iter().flatten().any(|cell| {
                cell.asset_id == subject.asset_id
                    && cell.transport == subject.transport
                    && cell.ports.contains(subject.port)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wt_exposure::{AbsentReason, Control, InconclusiveReason, Transport};

    fn seen() -> Sighting {
        Sighting {
            subject: Subject {
                asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
                host: "www.example.com".to_owned(),
                transport: Transport::Tcp,
                port: 443,
            },
            check: CheckRef {
                id: "http.exposed.git_config".to_owned(),
                digest: "1".to_owned(),
            },
            severity: Severity::High,
            title: "one".to_owned(),
            attributes: BTreeMap::new(),
            strength: 2,
        }
    }

    fn absent(control: Control, confirmed: bool) -> Cell {
        Cell {
            settled: Settled::Absent {
                control,
                reason: AbsentReason::NotThere,
                confirmed,
            },
            strength: 2,
            digest: "1".to_owned(),
        }
    }

    #[test]
    fn only_a_proven_absence_makes_gone_and_only_a_look_makes_new() {
        let proven = absent(Control::VhostAnswered, true);
        let cases = [
            (Some(proven.clone()), true, true),
            (Some(absent(Control::VhostAnswered, false)), false, true),
            (Some(absent(Control::PortAccepted, true)), false, false),
            (
                Some(Cell {
                    strength: 1,
                    ..proven.clone()
                }),
                false,
                false,
            ),
            (
                Some(Cell {
                    strength: 3,
                    ..proven.clone()
                }),
                true,
                true,
            ),
            (
                Some(Cell {
                    digest: "2".to_owned(),
                    ..proven.clone()
                }),
                false,
                false,
            ),
            (
                Some(Cell {
                    settled: Settled::Present,
                    ..proven.clone()
                }),
                false,
                true,
            ),
            (
                Some(Cell {
                    settled: Settled::Inconclusive {
                        reason: InconclusiveReason::Blocked,
                    },
                    ..proven
                }),
                false,
                false,
            ),
            (None, false, false),
        ];
        for (cell, gone, new) in cases {
            let what = of_one(&seen(), Which::Earlier, cell.as_ref());
            assert_eq!(what == What::Gone, gone, "{cell:?}");
            let what = of_one(&seen(), Which::Later, cell.as_ref());
            assert_eq!(what == What::New, new, "{cell:?}");
        }
    }

    #[test]
    fn a_title_is_no_difference_and_a_severity_is() {
        let renamed = Sighting {
            title: "two".to_owned(),
            ..seen()
        };
        assert_eq!(of_both(&seen(), &renamed), What::Same);
        let worse = Sighting {
            severity: Severity::Critical,
            attributes: [("a".to_owned(), "b".to_owned())].into(),
            ..seen()
        };
        let fields = vec!["a".to_owned(), "severity".to_owned()];
        assert_eq!(of_both(&seen(), &worse), What::Changed(fields));
    }
}
