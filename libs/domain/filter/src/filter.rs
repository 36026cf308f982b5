//! What was asked, and whether a row fits.
use std::{collections::BTreeSet, fmt};

use time::OffsetDateTime;
use wt_model::{AssetId, EventType, ExposureState, RunId, Severity, Tag};

use wt_risk::{CveId, Score};

use crate::{Clocked, Decided, FilterFault, Glob, Place, Ports, Scores, Since, Tagged, What};

/// One side of a filter: what has to be so, or what must not be. An empty set asks nothing; of
/// several values one is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// How bad.
    pub severities: BTreeSet<Severity>,
    /// What became of it.
    pub what: BTreeSet<What>,
    /// Where.
    pub places: BTreeSet<Place>,
    /// What saw it.
    pub checks: BTreeSet<Glob>,
    /// Which ports.
    pub ports: BTreeSet<Ports>,
    /// What was decided.
    pub decisions: BTreeSet<Decided>,
    /// Who takes care of it; `none` for nobody.
    pub assignees: BTreeSet<String>,
    /// Which runs said so.
    pub runs: BTreeSet<RunId>,
    /// How urgent.
    pub scores: BTreeSet<Scores>,
    /// Whether attacks with it are known.
    pub kev: BTreeSet<bool>,
    /// Which vulnerabilities it is about.
    pub cves: BTreeSet<CveId>,
    /// What people marked it with.
    pub tags: BTreeSet<Tagged>,
    /// How its clock stands.
    pub sla: BTreeSet<Clocked>,
}

/// A filter: everything in it has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// What has to be so.
    pub with: Side,
    /// What must not be (`-severity:info`).
    pub without: Side,
    /// From when on something has to have happened to it.
    pub since: Option<Since>,
    /// Words of which each has to be in title, host or check, or to begin a word of what was seen; in
    /// lower case.
    pub words: BTreeSet<String>,
}

/// A row as a filter sees it: an exposure with its events, or one event.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// How bad.
    pub severity: Severity,
    /// Where it stands; none of an event.
    pub state: Option<ExposureState>,
    /// What happened to it, and when.
    pub happened: &'a [(EventType, OffsetDateTime)],
    /// On which asset.
    pub asset_id: AssetId,
    /// On which host.
    pub host: &'a str,
    /// What saw it.
    pub check_id: &'a str,
    /// On which port.
    pub port: u16,
    /// The standing decision.
    pub decision: Decided,
    /// Who takes care of it; empty for nobody.
    pub assignee: &'a str,
    /// The run that last said something.
    pub run_id: Option<RunId>,
    /// The sentence for people.
    pub title: &'a str,
    /// How urgent; an event has none.
    pub score: Score,
    /// Whether attacks with it are known.
    pub kev: bool,
    /// Which vulnerabilities its check is about.
    pub cves: &'a [CveId],
    /// What people marked it with; an event has none.
    pub tags: &'a [Tag],
    /// The word of its clock (`wt_risk::Sla`).
    pub sla: &'a str,
    /// The values that were seen of it: product, version, banner; an event has none.
    pub seen: &'a [&'a str],
}

impl Filter {
    /// Whether it asks nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it asks how a clock stands, for which one has to know the organization's terms.
    pub fn asks_clock(&self) -> bool {
        !self.with.sla.is_empty() || !self.without.sla.is_empty()
    }

    /// Whether the row fits. The reference: what a database is asked must give the same.
    pub fn fits(&self, row: &Row<'_>, now: OffsetDateTime) -> bool {
        let from = self.since.map(|since| since.from(now));
        let text = format!("{}\n{}\n{}", row.title, row.host, row.check_id).to_lowercase();
        !self.with.holds(row, from).contains(&Some(false))
            && !self.without.holds(row, from).contains(&Some(true))
            && from.is_none_or(|from| row.happened.iter().any(|(_, at)| *at >= from))
            && self.words.iter().all(|word| {
                text.contains(word.as_str()) || row.seen.iter().any(|value| begins(value, word))
            })
    }

    /// What it asks of events, on either side.
    ///
    /// # Errors
    /// A word for where an exposure stands, which is nothing that happens.
    pub fn event_types(&self) -> Result<[Vec<EventType>; 2], FilterFault> {
        let of = |side: &Side| -> Result<Vec<EventType>, FilterFault> {
            let words = side.what.iter();
            words
                .map(|what| {
                    as_event(*what).ok_or_else(|| {
                        FilterFault::value(
                            "state",
                            format!("{what} is where an exposure stands; changes have new, changed, fixed…"),
                        )
                    })
                })
                .collect()
        };
        Ok([of(&self.with)?, of(&self.without)?])
    }
}

/// Whether the word, in lower case, is in the value from where a word of it begins.
fn begins(value: &str, word: &str) -> bool {
    let value = value.to_lowercase();
    word.contains(char::is_alphanumeric)
        && value.match_indices(word).any(|(at, _)| {
            let before = value.get(..at).and_then(|text| text.chars().next_back());
            before.is_none_or(|letter| !letter.is_alphanumeric())
        })
}

/// The event of this word, if there is one.
fn as_event(what: What) -> Option<EventType> {
    match what {
        What::Event(event) => Some(event),
        What::State(state) => state.as_str().to_ascii_uppercase().parse().ok(),
    }
}

impl Side {
    /// For each field: none when it asks nothing, else whether one of its values is the row's.
    fn holds(&self, row: &Row<'_>, from: Option<OffsetDateTime>) -> [Option<bool>; 13] {
        let assignee = if row.assignee.is_empty() {
            "none"
        } else {
            row.assignee
        };
        [
            one(&self.severities, |severity| *severity == row.severity),
            one(&self.what, |what| became(*what, row, from)),
            one(&self.places, |place| match place {
                Place::Asset(asset) => *asset == row.asset_id,
                Place::Host(glob) => glob.fits(row.host),
            }),
            one(&self.checks, |glob| glob.fits(row.check_id)),
            one(&self.ports, |ports| {
                (ports.low..=ports.high).contains(&row.port)
            }),
            one(&self.decisions, |decided| *decided == row.decision),
            one(&self.assignees, |who| who.as_str() == assignee),
            one(&self.runs, |run| Some(*run) == row.run_id),
            one(&self.scores, |scores| {
                (scores.low..=scores.high).contains(&row.score.value())
            }),
            one(&self.kev, |kev| *kev == row.kev),
            one(&self.cves, |cve| row.cves.contains(cve)),
            one(&self.tags, |tagged| match tagged {
                Tagged::No => row.tags.is_empty(),
                Tagged::As(tag) => row.tags.contains(tag),
            }),
            one(&self.sla, |clocked| clocked.as_str() == row.sla),
        ]
    }
}

fn one<T>(values: &BTreeSet<T>, is: impl Fn(&T) -> bool) -> Option<bool> {
    (!values.is_empty()).then(|| values.iter().any(is))
}

fn became(what: What, row: &Row<'_>, from: Option<OffsetDateTime>) -> bool {
    let happened = |event: EventType| {
        let mut events = row.happened.iter();
        events.any(|(kind, at)| *kind == event && from.is_none_or(|from| *at >= from))
    };
    match (what, row.state) {
        (What::State(state), Some(stands)) => state == stands,
        (what, _) => as_event(what).is_some_and(happened),
    }
}

impl fmt::Display for Filter {
    /// The canonical text: fields in one order, values in one order, one space between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut terms = Vec::new();
        for (sign, side) in [("", &self.with), ("-", &self.without)] {
            let mut term = |field: &str, values: Vec<String>| {
                if !values.is_empty() {
                    terms.push(format!("{sign}{field}:{}", values.join(",")));
                }
            };
            term("severity", texts(&side.severities));
            term("state", texts(&side.what));
            term("asset", texts(&side.places));
            term("check", texts(&side.checks));
            term("port", texts(&side.ports));
            term("decision", texts(&side.decisions));
            term("assignee", texts(&side.assignees));
            term("run", texts(&side.runs));
            term("score", texts(&side.scores));
            term("kev", texts(&side.kev));
            term("cve", texts(&side.cves));
            term("tag", texts(&side.tags));
            term("sla", texts(&side.sla));
        }
        terms.extend(self.since.map(|since| format!("since:{since}")));
        terms.extend(self.words.iter().map(|word| {
            let special = |c: char| c.is_whitespace() || matches!(c, ':' | '<' | '>' | '=');
            if word.contains(special) || word.starts_with('-') {
                format!("\"{word}\"")
            } else {
                word.clone()
            }
        }));
        f.write_str(&terms.join(" "))
    }
}

fn texts<T: fmt::Display>(values: &BTreeSet<T>) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
