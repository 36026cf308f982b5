//! What the written report says, and what it never says.

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
