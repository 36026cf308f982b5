//! What becomes of findings that other tools made, before the diff engine is asked.
//!
//! A scan of ours knows better than a file about everything it looked at later (contracts §6,
//! order by subject); a file that does not say when it was written is older than any of them.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use wt_diff::Applied;
use wt_exposure::{CheckInfo, Evidence, ExposureKey, Observation};
use wt_import::{CheckEntry, Finding, Reason, Refused};
use wt_model::{EventType, ExposureState, ImportFormat, TenantKey};

/// Refused lines that are kept and shown; the rest is counted.
pub(crate) const REFUSED_SHOWN_MAX: usize = 100;
/// Most moments at which findings of one file are written, each some statements.
const MOMENTS_MAX: usize = 400;
/// To what times are rounded down, the finest first; the last is reached by no file that is taken
/// (`wt_import` refuses what is older than three years).
const GRAINS: [Duration; 4] = [
    Duration::MINUTE,
    Duration::HOUR,
    Duration::DAY,
    Duration::weeks(4),
];

/// Every check of ours, as imports need them.
pub(crate) fn catalogue() -> wt_import::Catalogue {
    wt_import::Catalogue::new(wt_engine::check::catalogue().into_iter().map(|check| {
        CheckEntry {
            info: check.info(),
            paths: check
                .paths()
                .iter()
                .map(|path| (*path).to_owned())
                .collect(),
        }
    }))
}

/// What our own scans said of the cell of a finding, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Looked {
    /// Last looked at, whatever came of it.
    pub(crate) at: Option<OffsetDateTime>,
    /// Last settled as present or absent.
    pub(crate) settled_at: Option<OffsetDateTime>,
    /// The exposure's last transition.
    pub(crate) told_at: Option<OffsetDateTime>,
}

/// What a finding is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// It is news, or confirms what is known.
    Take,
    /// It stands already, and a scan of ours looked since.
    Known,
    /// A scan of ours knows better.
    Late,
    /// It is of a check that left the catalogue.
    Withdrawn,
}

/// Weighs a finding made at `found_at` against what we know.
pub(crate) fn weigh(
    prior: Option<ExposureState>,
    found_at: Option<OffsetDateTime>,
    looked: &Looked,
) -> Worth {
    let is_since = |ours: Option<OffsetDateTime>| {
        ours.is_some_and(|ours| found_at.is_none_or(|found| found <= ours))
    };
    match prior {
        Some(ExposureState::Open | ExposureState::Unresponsive) => {
            if is_since(looked.at) {
                Worth::Known
            } else {
                Worth::Take
            }
        }
        Some(ExposureState::StaleCheck) => Worth::Withdrawn,
        Some(ExposureState::Fixed | ExposureState::Retired) => {
            if is_since(looked.settled_at) || is_since(looked.told_at) {
                Worth::Late
            } else {
                Worth::Take
            }
        }
        None if is_since(looked.settled_at) => Worth::Late,
        None => Worth::Take,
    }
}

/// A finding with its exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyed {
    pub(crate) key: ExposureKey,
    pub(crate) finding: Finding,
    /// When the exposure's last transition was: what follows it is not told as before it.
    pub(crate) not_before: Option<OffsetDateTime>,
}

/// Each exposure once, by its newest finding (of equals the first line): a file may hold one
/// finding many times. Also how many there were altogether.
pub(crate) fn newest(tenant_key: TenantKey, findings: Vec<Finding>) -> Vec<Keyed> {
    let mut all: BTreeMap<ExposureKey, Finding> = BTreeMap::new();
    for finding in findings {
        let seen = &finding.observation;
        let key = ExposureKey::derive(
            tenant_key,
            &seen.subject,
            &seen.check.id,
            &seen.discriminator,
        );
        let is_newer = all.get(&key).is_none_or(|other| other.at < finding.at);
        if is_newer {
            all.insert(key, finding);
        }
    }
    all.into_iter()
        .map(|(key, finding)| Keyed {
            key,
            finding,
            not_before: None,
        })
        .collect()
}

/// Takes those out that we know better about, and says so of each.
pub(crate) fn sift(
    all: Vec<Keyed>,
    states: &BTreeMap<ExposureKey, ExposureState>,
    looked: &BTreeMap<ExposureKey, Looked>,
) -> Sifted {
    let mut sifted = Sifted::default();
    for keyed in all {
        let state = states.get(&keyed.key).copied();
        let known = looked.get(&keyed.key).copied().unwrap_or_default();
        let refused = |reason, detail: &str| Refused {
            line: keyed.finding.line,
            reason,
            subject: keyed.finding.subject.clone(),
            detail: detail.to_owned(),
        };
        match weigh(state, keyed.finding.at, &known) {
            Worth::Take => sifted.taken.push(Keyed {
                not_before: known.told_at,
                ..keyed
            }),
            Worth::Known => sifted.known += 1,
            Worth::Late => {
                let why = "a scan of ours looked there later, and knows better";
                sifted.refused.push(refused(Reason::TooOld, why));
            }
            Worth::Withdrawn => {
                let why = "its check was withdrawn from the catalogue";
                sifted.refused.push(refused(Reason::UnknownCheck, why));
            }
        }
    }
    sifted
}

/// What is left of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sifted {
    pub(crate) taken: Vec<Keyed>,
    /// Findings that say nothing new.
    pub(crate) known: usize,
    pub(crate) refused: Vec<Refused>,
}

/// What is taken, by when it was seen: what the history and a replay of it are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// Oldest first.
    pub(crate) moments: Vec<Moment>,
}

/// What was seen at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Rounded down, so that a file has few of them.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// By ascending key, each once.
    pub(crate) seen: Vec<(ExposureKey, Observation)>,
}

impl Payload {
    /// Groups findings by time; those without one were seen `now`.
    pub(crate) fn of(taken: Vec<Keyed>, now: OffsetDateTime) -> Self {
        let grain = grain(&taken, now);
        let mut moments: BTreeMap<OffsetDateTime, Vec<_>> = BTreeMap::new();
        for keyed in taken {
            let floored = floor(keyed.finding.at.unwrap_or(now), grain);
            let at = keyed.not_before.map_or(floored, |told| told.max(floored));
            let seen = (keyed.key, keyed.finding.observation);
            moments.entry(at).or_default().push(seen);
        }
        let moments = moments.into_iter();
        Self {
            moments: moments.map(|(at, seen)| Moment { at, seen }).collect(),
        }
    }

    /// The same without evidence, which no replay needs and the database keeps elsewhere.
    pub(crate) fn bare(&self) -> Self {
        let mut bare = self.clone();
        let seen = bare.moments.iter_mut().flat_map(|moment| &mut moment.seen);
        seen.for_each(|(_, seen)| seen.evidence = Evidence::default());
        bare
    }

    /// Texts of the checks it names.
    pub(crate) fn checks(&self) -> Vec<CheckInfo> {
        let seen = self.moments.iter().flat_map(|moment| &moment.seen);
        let ids: BTreeSet<&str> = seen.map(|(_, seen)| seen.check.id.as_str()).collect();
        let all = wt_engine::check::catalogue().into_iter();
        all.filter(|check| ids.contains(check.id))
            .map(wt_engine::check::Check::info)
            .collect()
    }
}

fn grain(taken: &[Keyed], now: OffsetDateTime) -> Duration {
    let fits = |grain: &Duration| {
        let moments = taken
            .iter()
            .map(|keyed| floor(keyed.finding.at.unwrap_or(now), *grain));
        moments.collect::<BTreeSet<_>>().len() <= MOMENTS_MAX
    };
    let [.., widest] = GRAINS;
    GRAINS.into_iter().find(fits).unwrap_or(widest)
}

fn floor(at: OffsetDateTime, grain: Duration) -> OffsetDateTime {
    let seconds = at.unix_timestamp();
    let floored = seconds - seconds.rem_euclid(grain.whole_seconds());
    OffsetDateTime::from_unix_timestamp(floored).unwrap_or(at)
}

/// What an import came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) unchanged: usize,
    pub(crate) opened: usize,
    pub(crate) changed: usize,
}

impl Counts {
    /// Adds what was led to at one moment.
    pub(crate) fn add(&mut self, applied: &Applied) {
        for event in &applied.events {
            match event.event_type {
                EventType::New | EventType::Reopened => self.opened += 1,
                _ => self.changed += 1,
            }
        }
        // A doubt that is over is written, and nothing changed for anybody.
        let silent = applied.changes.len() - applied.events.len();
        self.unchanged += applied.unchanged.len() + silent;
    }

    pub(crate) const fn accepted(&self) -> usize {
        self.unchanged + self.opened + self.changed
    }
}

/// What the timeline says of an imported transition.
pub(crate) fn reason(format: ImportFormat) -> String {
    format!("imported from {}", format.label())
}
