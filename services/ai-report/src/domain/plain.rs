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
mod tests {
    use proptest::prelude::*;
    use wt_model::{EventType, ExposureState, RunKind, RunState, Severity};

    use super::DESCRIBED_MAX;
    use crate::domain::{
        facts::{Event, Facts, Open, Run, Subject},
        outline::{Outline, Sentence, Span},
        subject::ReportKind,
    };

    fn outline(facts: Facts) -> Outline {
        super::outline(facts, ReportKind::Technical)
    }

    #[test]
    fn who_decides_is_not_told_every_change() {
        let events = vec![event("exp1_n", EventType::New, Severity::Low)];
        let open = vec![still("exp1_n", Severity::Low, ExposureState::Open)];
        let outline = super::outline(facts(events, open), ReportKind::Executive);
        let headings: Vec<&str> = outline.sections.iter().map(|it| it.heading).collect();
        assert_eq!(headings, ["In short", "What to do", "What was looked at"]);
        assert_eq!(outline.references.len(), 1);
        assert_eq!(outline.open_by_severity[3], (Severity::Low, 1));
    }

    fn subject(key: &str, severity: Severity) -> Subject {
        Subject {
            key: key.to_owned(),
            severity,
            title: format!("Title of {key}"),
            check_id: "http.header.hsts_missing".to_owned(),
            host: "h.example".to_owned(),
            port: 443,
        }
    }

    fn event(key: &str, kind: EventType, severity: Severity) -> Event {
        Event {
            exposure: subject(key, severity),
            kind,
            reason: String::new(),
            fields: Vec::new(),
        }
    }

    fn facts(events: Vec<Event>, open: Vec<Open>) -> Facts {
        Facts {
            run: Run {
                id: "run_1".to_owned(),
                kind: RunKind::OnDemand,
                state: RunState::Completed,
                profile: "baseline".to_owned(),
                finished: "2026-11-21 06:09 UTC".to_owned(),
                assets: 1,
                jobs: (2, 0),
            },
            events,
            open,
            remediation: [("http.header.hsts_missing".to_owned(), "Send it.".to_owned())].into(),
            cells: (1, 2, 3),
            scope_denials: 0,
        }
    }

    fn still(key: &str, severity: Severity, state: ExposureState) -> Open {
        Open {
            exposure: subject(key, severity),
            state,
        }
    }

    fn text(sentence: &Sentence) -> String {
        sentence
            .spans
            .iter()
            .map(|span| match span {
                Span::Plain(text) | Span::Quoted(text) => text.as_str(),
            })
            .collect()
    }

    fn all(outline: &Outline) -> Vec<String> {
        let sentences = outline
            .sections
            .iter()
            .flat_map(|section| &section.sentences);
        sentences.map(text).collect()
    }

    #[test]
    fn a_run_that_changed_nothing_says_so() {
        let outline = outline(facts(Vec::new(), Vec::new()));
        let said = all(&outline);
        assert!(said.contains(&"Nothing changed.".to_owned()), "{said:?}");
        assert!(outline.references.is_empty());
        let headings: Vec<&str> = outline
            .sections
            .iter()
            .map(|section| section.heading)
            .collect();
        assert_eq!(headings, ["In short", "What was looked at"]);
    }

    #[test]
    fn an_unresponsive_exposure_is_never_called_fixed() {
        let open = vec![still("exp1_a", Severity::High, ExposureState::Unresponsive)];
        let events = vec![event("exp1_a", EventType::Unresponsive, Severity::High)];
        let said = all(&outline(facts(events, open))).join("\n");
        assert!(said.contains("1 of them could not be concluded: that is no proof of a fix."));
        assert!(!said.contains("fixed"), "{said}");
    }

    #[test]
    fn bad_news_come_first() {
        let events = vec![
            event("exp1_f", EventType::Fixed, Severity::Critical),
            event("exp1_n", EventType::New, Severity::Low),
            event("exp1_r", EventType::Reopened, Severity::Info),
        ];
        let outline = outline(facts(events, Vec::new()));
        let keys: Vec<&str> = outline.references.iter().map(|r| r.key.as_str()).collect();
        assert_eq!(keys, ["exp1_r", "exp1_n", "exp1_f"]);
    }

    #[test]
    fn what_is_not_described_is_counted_and_cited() {
        let events = (0..DESCRIBED_MAX + 3)
            .map(|n| event(&format!("exp1_{n:03}"), EventType::New, Severity::High))
            .collect();
        let outline = outline(facts(events, Vec::new()));
        assert_eq!(outline.references.len(), DESCRIBED_MAX + 3);
        let changes = &outline.sections[1].sentences;
        let last = changes.last().unwrap();
        assert_eq!(text(last), "3 more changes are not described one by one.");
        assert_eq!(last.cites, [51, 52, 53]);
    }

    fn any_facts() -> impl Strategy<Value = Facts> {
        let severity = proptest::sample::select(Severity::ALL);
        let kind = proptest::sample::select(EventType::ALL);
        let events = proptest::collection::vec((0_u8..20, kind, severity.clone()), 0..40);
        let open = proptest::collection::vec((0_u8..20, severity, any::<bool>()), 0..40);
        (events, open).prop_map(|(events, open)| {
            let events = events
                .into_iter()
                .map(|(n, kind, severity)| event(&format!("exp1_{n:02}"), kind, severity))
                .collect();
            let open = open
                .into_iter()
                .map(|(n, severity, silent)| {
                    let state = if silent {
                        ExposureState::Unresponsive
                    } else {
                        ExposureState::Open
                    };
                    still(&format!("exp1_{n:02}"), severity, state)
                })
                .collect();
            facts(events, open)
        })
    }

    proptest! {
        #[test]
        fn every_sentence_about_an_exposure_cites_it(facts in any_facts()) {
            let outline = outline(facts);
            for section in &outline.sections {
                for sentence in &section.sentences {
                    for (at, reference) in outline.references.iter().enumerate() {
                        if text(sentence).contains(&reference.title) {
                            prop_assert!(sentence.cites.contains(&(at + 1)), "{}", text(sentence));
                        }
                    }
                    prop_assert!(sentence.cites.iter().all(|n| (1..=outline.references.len()).contains(n)));
                    let of_the_run = matches!(section.heading, "In short" | "What was looked at");
                    prop_assert!(of_the_run || !sentence.cites.is_empty(), "{}", text(sentence));
                }
            }
            let cited: std::collections::BTreeSet<usize> = outline
                .sections
                .iter()
                .flat_map(|section| &section.sentences)
                .flat_map(|sentence| sentence.cites.clone())
                .collect();
            prop_assert_eq!(cited.len(), outline.references.len());
        }

        #[test]
        fn the_same_facts_give_the_same_report_in_any_order(facts in any_facts()) {
            let mut turned = facts.clone();
            turned.events.reverse();
            turned.open.reverse();
            prop_assert_eq!(outline(facts.clone()), outline(facts.clone()));
            // Doubles of one exposure tie; a run has none, so they are compared without.
            let distinct = |facts: &Facts| {
                let keys: std::collections::BTreeSet<_> = facts.events.iter().map(|e| &e.exposure.key).collect();
                let open: std::collections::BTreeSet<_> = facts.open.iter().map(|o| &o.exposure.key).collect();
                keys.len() == facts.events.len() && open.len() == facts.open.len()
            };
            if distinct(&facts) {
                prop_assert_eq!(outline(facts), outline(turned));
            }
        }
    }
}
