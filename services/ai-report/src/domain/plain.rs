//! The report without a model: the same facts give the same bytes, and nothing is said that the
//! run's committed events and exposures do not bear out.

use std::{cmp::Reverse, collections::BTreeMap};

use wt_model::{EventType, ExposureState, RunKind, RunState, Severity};

use super::{
    facts::{Facts, Subject},
    outline::{Outline, Reference, References, Section, Sentence, Span},
    subject::ReportKind,
};

/// Most exposures described one by one; the rest is counted and cited. Ten pages nobody reads help
/// nobody.
const DESCRIBED_MAX: usize = 50;
/// Longest piece of foreign text taken over, in characters.
const QUOTED_CHARS_MAX: usize = 300;

/// Writes the report: all of it, or what who decides has to know.
pub(crate) fn outline(mut facts: Facts, kind: ReportKind) -> Outline {
    // Order of arrival must not show.
    facts.events.sort_by(|a, b| {
        (rank(a.kind), worst_first(&a.exposure)).cmp(&(rank(b.kind), worst_first(&b.exposure)))
    });
    facts
        .open
        .sort_by(|a, b| worst_first(&a.exposure).cmp(&worst_first(&b.exposure)));
    let mut references = References::default();
    let mut sections = Vec::new();
    let mut add = |heading, sentences: Vec<Sentence>| {
        if !sentences.is_empty() {
            sections.push(Section { heading, sentences });
        }
    };
    add("In short", summary(&facts, &mut references));
    if kind == ReportKind::Technical {
        add("What changed", changes(&facts, &mut references));
        add("What is open", open(&facts, &mut references));
    }
    add("What to do", actions(&facts, &mut references));
    add("What was looked at", coverage(&facts));
    Outline {
        title: title(&facts),
        open_by_severity: by_severity(&facts),
        sections,
        references: references.into_list(),
    }
}

/// How many are open, worst first, zeros included; none when nothing is.
fn by_severity(facts: &Facts) -> Vec<(Severity, u64)> {
    let mut counts: BTreeMap<Reverse<Severity>, u64> = BTreeMap::new();
    if !facts.open.is_empty() {
        for severity in Severity::ALL {
            counts.insert(Reverse(*severity), 0);
        }
    }
    for open in &facts.open {
        *counts.entry(Reverse(open.exposure.severity)).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(Reverse(severity), count)| (severity, count))
        .collect()
}

fn title(facts: &Facts) -> String {
    let kind = match facts.run.kind {
        RunKind::Verify => "Verification",
        RunKind::OnDemand | RunKind::Scheduled => "Scan",
    };
    format!("{kind} of {}", facts.run.finished)
}

fn summary(facts: &Facts, references: &mut References) -> Vec<Sentence> {
    let run = &facts.run;
    let ended = match run.state {
        RunState::Completed => "completed",
        RunState::Partial => "completed in part",
        RunState::Cancelled => "was cancelled",
        RunState::Failed => "failed",
        RunState::Created | RunState::Queued | RunState::Running | RunState::Processing => {
            "is still under way"
        }
    };
    let assets = counted(run.assets, "asset", "assets");
    let mut sentences = vec![statement(format!(
        "The {} run {} of {assets} with profile {} {ended}.",
        run.kind, run.id, run.profile
    ))];
    let mut by_type: BTreeMap<(u8, &'static str), Vec<&Subject>> = BTreeMap::new();
    for event in &facts.events {
        by_type
            .entry((rank(event.kind), phrase(event.kind)))
            .or_default()
            .push(&event.exposure);
    }
    for ((_, phrase), exposures) in by_type {
        let count = counted(exposures.len(), "exposure", "exposures");
        let verb = if exposures.len() == 1 { "is" } else { "are" };
        sentences.push(about(
            references,
            &exposures,
            vec![plain(format!("{count} {verb} {phrase}."))],
        ));
    }
    if facts.events.is_empty() {
        sentences.push(statement("Nothing changed.".to_owned()));
    }
    let worst: Vec<&Subject> = {
        let most = facts.open.iter().map(|open| open.exposure.severity).max();
        facts
            .open
            .iter()
            .map(|open| &open.exposure)
            .filter(|exposure| Some(exposure.severity) == most)
            .collect()
    };
    if let Some(first) = worst.first() {
        let count = counted(facts.open.len(), "exposure remains", "exposures remain");
        let text = format!(
            "{count} open or unresponsive where this run looked; the worst are {} of severity {}.",
            worst.len(),
            first.severity
        );
        sentences.push(about(references, &worst, vec![plain(text)]));
    }
    sentences
}

fn changes(facts: &Facts, references: &mut References) -> Vec<Sentence> {
    let mut sentences: Vec<Sentence> = facts
        .events
        .iter()
        .take(DESCRIBED_MAX)
        .map(|event| {
            let mut spans = described(&event.exposure);
            spans.push(plain(format!(" is {}", phrase(event.kind))));
            if !event.reason.is_empty() {
                spans.push(plain(" (".to_owned()));
                spans.push(quoted(&event.reason));
                spans.push(plain(")".to_owned()));
            }
            if !event.fields.is_empty() {
                spans.push(plain("; it differs in ".to_owned()));
                spans.push(quoted(&event.fields.join(", ")));
            }
            spans.push(plain(".".to_owned()));
            about(references, &[&event.exposure], spans)
        })
        .collect();
    let rest: Vec<&Subject> = facts
        .events
        .iter()
        .skip(DESCRIBED_MAX)
        .map(|event| &event.exposure)
        .collect();
    if !rest.is_empty() {
        let text = format!("{} more changes are not described one by one.", rest.len());
        sentences.push(about(references, &rest, vec![plain(text)]));
    }
    sentences
}

fn open(facts: &Facts, references: &mut References) -> Vec<Sentence> {
    let mut by_severity: BTreeMap<Reverse<Severity>, Vec<&Subject>> = BTreeMap::new();
    for open in &facts.open {
        by_severity
            .entry(Reverse(open.exposure.severity))
            .or_default()
            .push(&open.exposure);
    }
    let mut sentences: Vec<Sentence> = by_severity
        .into_iter()
        .map(|(Reverse(severity), exposures)| {
            let count = counted(exposures.len(), "exposure is", "exposures are");
            let text = format!("{count} of severity {severity}.");
            about(references, &exposures, vec![plain(text)])
        })
        .collect();
    let silent: Vec<&Subject> = facts
        .open
        .iter()
        .filter(|open| open.state == ExposureState::Unresponsive)
        .map(|open| &open.exposure)
        .collect();
    if !silent.is_empty() {
        let count = counted(silent.len(), "of them could", "of them could");
        let text = format!("{count} not be concluded: that is no proof of a fix.");
        sentences.push(about(references, &silent, vec![plain(text)]));
    }
    sentences
}

/// One sentence per check that is open, worst first: the same repair for every place.
fn actions(facts: &Facts, references: &mut References) -> Vec<Sentence> {
    let mut by_check: BTreeMap<(Reverse<Severity>, &str), Vec<&Subject>> = BTreeMap::new();
    for open in &facts.open {
        let exposure = &open.exposure;
        by_check
            .entry((Reverse(exposure.severity), &exposure.check_id))
            .or_default()
            .push(exposure);
    }
    by_check
        .into_iter()
        .filter_map(|((_, check), exposures)| {
            let advice = facts
                .remediation
                .get(check)
                .filter(|text| !text.is_empty())?;
            let first = exposures.first()?;
            let spans = vec![quoted(&first.title), plain(": ".to_owned()), quoted(advice)];
            Some(about(references, &exposures, spans))
        })
        .take(DESCRIBED_MAX)
        .collect()
}

fn coverage(facts: &Facts) -> Vec<Sentence> {
    let (present, absent, inconclusive) = facts.cells;
    let total = present.saturating_add(absent).saturating_add(inconclusive);
    let mut sentences = vec![statement(format!(
        "{total} cells settled: {present} present, {absent} absent, {inconclusive} inconclusive."
    ))];
    let (jobs, failed) = facts.run.jobs;
    if failed > 0 {
        sentences.push(statement(format!(
            "{failed} of {jobs} jobs failed: what they would have covered is unchanged."
        )));
    }
    if facts.scope_denials > 0 {
        sentences.push(statement(format!(
            "{} connections were refused because they would have left the scope.",
            facts.scope_denials
        )));
    }
    sentences
}

fn described(exposure: &Subject) -> Vec<Span> {
    vec![
        quoted(&exposure.title),
        plain(format!(" ({}) on ", exposure.severity)),
        quoted(&place(exposure)),
    ]
}

fn about(references: &mut References, exposures: &[&Subject], spans: Vec<Span>) -> Sentence {
    let mut cites: Vec<usize> = exposures
        .iter()
        .map(|exposure| {
            references.cite(Reference {
                key: exposure.key.clone(),
                title: bounded(&exposure.title),
                place: bounded(&place(exposure)),
            })
        })
        .collect();
    cites.sort_unstable();
    cites.dedup();
    Sentence { spans, cites }
}

fn statement(text: String) -> Sentence {
    Sentence {
        spans: vec![plain(text)],
        cites: Vec::new(),
    }
}

fn plain(text: String) -> Span {
    Span::Plain(text)
}

fn quoted(text: &str) -> Span {
    Span::Quoted(bounded(text))
}

/// One bounded line without control or direction-changing characters (UAX #9).
pub(crate) fn bounded(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| match c {
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .take(QUOTED_CHARS_MAX)
        .collect();
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        line.push('…');
    }
    line.trim().to_owned()
}

/// Host and port.
pub(crate) fn place(exposure: &Subject) -> String {
    let host = &exposure.host;
    match (exposure.port, host.contains(':')) {
        (0, _) => host.clone(),
        (port, true) => format!("[{host}]:{port}"),
        (port, false) => format!("{host}:{port}"),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn worst_first(exposure: &Subject) -> (Reverse<Severity>, &str, u32, &str) {
    let Subject {
        severity,
        host,
        port,
        key,
        ..
    } = exposure;
    (Reverse(*severity), host, *port, key)
}

/// Bad news first.
fn rank(event: EventType) -> u8 {
    match event {
        EventType::Reopened => 0,
        EventType::New => 1,
        EventType::Changed => 2,
        EventType::StillOpen => 3,
        EventType::Responsive => 4,
        EventType::Unresponsive => 5,
        EventType::Fixed => 6,
        EventType::Retired => 7,
        EventType::StaleCheck => 8,
    }
}

fn phrase(event: EventType) -> &'static str {
    match event {
        EventType::New => "new",
        EventType::Changed => "changed",
        EventType::Fixed => "fixed, which was proven",
        EventType::Unresponsive => "unresponsive, which proves nothing",
        EventType::Responsive => "responsive again and open",
        EventType::Reopened => "open again after a fix",
        EventType::StillOpen => "still open",
        EventType::Retired => "retired, because it may no longer be scanned",
        EventType::StaleCheck => "no longer checked",
    }
}

#[cfg(test)]
mod tests;
