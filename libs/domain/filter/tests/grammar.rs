//! The grammar, by examples and by law.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use proptest::prelude::*;
use time::{Duration, OffsetDateTime, macros::datetime};
use wt_filter::{Decided, Filter, FilterFault, Glob, Row, Since};
use wt_model::{EventType, ExposureState, Severity, Tag};
use wt_risk::{CveId, Score};

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

fn filter(text: &str) -> Filter {
    text.parse().unwrap()
}

/// What the row's check is about.
fn cves() -> &'static [CveId] {
    static CVES: std::sync::LazyLock<Vec<CveId>> =
        std::sync::LazyLock::new(|| vec!["CVE-2021-44228".parse().unwrap()]);
    &CVES
}

/// What people marked it with.
fn tags() -> &'static [Tag] {
    static TAGS: std::sync::LazyLock<Vec<Tag>> =
        std::sync::LazyLock::new(|| vec!["pci:2.1".parse().unwrap()]);
    &TAGS
}

fn row(happened: &[(EventType, OffsetDateTime)]) -> Row<'_> {
    Row {
        severity: Severity::High,
        state: Some(ExposureState::Open),
        happened,
        asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        host: "www.example.com",
        check_id: "http.git_config",
        port: 443,
        decision: Decided::No,
        assignee: "",
        run_id: None,
        title: "Exposed Git repository",
        score: Score::from(58),
        kev: true,
        cves: cves(),
        tags: tags(),
        sla: "breached",
        seen: &["nginx/1.18.0 (Ubuntu)", "3"],
    }
}

#[test]
fn the_example_of_the_contract_is_read_and_said_again() {
    let asked = filter("severity>=high state:new,changed asset:*.example.com since:7d");
    assert_eq!(
        asked.to_string(),
        "severity:high,critical state:new,changed asset:*.example.com since:7d"
    );
    let events = [(EventType::New, NOW - Duration::days(2))];
    assert!(asked.fits(&row(&events), NOW));
    let old = [(EventType::New, NOW - Duration::days(8))];
    assert!(!asked.fits(&row(&old), NOW));
    let other = [(EventType::Responsive, NOW)];
    assert!(!asked.fits(&row(&other), NOW));
}

#[test]
fn each_term_narrows_and_its_minus_leaves_exactly_those_out() {
    let events = [(EventType::Changed, NOW)];
    for (term, fits) in [
        ("severity:high", true),
        ("severity<high", false),
        ("severity<=high", true),
        ("severity=critical", false),
        ("state:open", true),
        ("state:fixed", false),
        ("state:CHANGED", true),
        ("state:reopened,open", true),
        ("asset:www.example.*", true),
        ("asset:WWW.EXAMPLE.COM", true),
        ("asset:example.com", false),
        ("asset:ast_01ARZ3NDEKTSV4RRFFQ69G5FAV", true),
        ("check:http.*", true),
        ("check:tls.*", false),
        ("port:1-1000,8443", true),
        ("port:80", false),
        ("decision:none", true),
        ("decision:accept_risk", false),
        ("assignee:none", true),
        ("assignee:sam@example.com", false),
        ("run:run_01ARZ3NDEKTSV4RRFFQ69G5FAV", false),
        ("score>=58", true),
        ("score>58", false),
        ("score<=58", true),
        ("score<58", false),
        ("score:58", true),
        ("score:0-40,50-60", true),
        ("score=90-100", false),
        ("kev:true", true),
        ("kev:false", false),
        ("cve:cve-2021-44228,CVE-2020-0001", true),
        ("cve:CVE-2020-0001", false),
        ("tag:PCI:2.1,edge", true),
        ("tag:edge", false),
        ("tag:none", false),
        ("sla:breached,paused", true),
        ("sla:within", false),
    ] {
        assert_eq!(filter(term).fits(&row(&events), NOW), fits, "{term}");
        let left_out = filter(&format!("-{term}"));
        assert_eq!(left_out.fits(&row(&events), NOW), !fits, "-{term}");
    }
    for (words, fits) in [
        ("git", true),
        ("GIT repository", true),
        ("\"git repository\"", true),
        ("\"repository git\"", false),
        ("svn", false),
        ("ubuntu", true),
        ("NGINX/1.18", true),
        ("ginx", false),
        ("\"(\"", false),
        ("1.18 git", true),
        ("1.18 svn", false),
        ("", true),
    ] {
        assert_eq!(filter(words).fits(&row(&events), NOW), fits, "{words}");
    }
}

#[test]
fn what_is_no_filter_says_which_term_and_why() {
    for (text, said) in [
        ("colour:red", "is no field"),
        ("severity:bad", "severity: "),
        ("severity>critical", "none beyond"),
        ("severity:high severity:low", "severity is there twice"),
        ("state:gone", "expected one of changed, fixed, new, open"),
        ("since:7", "12h, 7d, 4w"),
        ("since:99999999w", "ten years"),
        ("-since:7d", "can't be left out"),
        ("port:9-1", "443 or 8000-8999"),
        ("port:+443", "443 or 8000-8999"),
        ("asset:", "expected :value"),
        ("asset=x", "expected :value"),
        ("\"open", "not closed"),
        ("-git", "double quotes"),
        ("run:x", "run: "),
        ("score:101", "0 to 100"),
        ("score>=", "0 to 100"),
        ("score>100", "none beyond"),
        ("score<0", "none beyond"),
        ("score:9-1", "70 or 40-69"),
        ("score>=1 score:2", "score is there twice"),
        ("kev:yes", "kev: "),
        ("cve:log4shell", "CVE-2021-44228"),
        ("tag:caf\u{e9}", "letters, digits"),
        ("sla:late", "none, paused, within, breached"),
    ] {
        let fault = text.parse::<Filter>().unwrap_err().to_string();
        assert!(fault.contains(said), "{text}: {fault}");
    }
    assert_eq!(
        "x".repeat(2_000).parse::<Filter>(),
        Err(FilterFault::TooLong)
    );
}

#[test]
fn changes_have_events_and_no_places_to_stand() {
    let [with, without] = filter("state:new,fixed -state:still_open")
        .event_types()
        .unwrap();
    assert_eq!(with, [EventType::Fixed, EventType::New]);
    assert_eq!(without, [EventType::StillOpen]);
    assert!(filter("state:open").event_types().is_err());
}

#[test]
fn a_day_counts_from_its_beginning() {
    let since: Since = "2026-11-20".parse().unwrap();
    assert_eq!(since.from(NOW), datetime!(2026-11-20 0:00 UTC));
    assert_eq!("36h".parse::<Since>().unwrap().to_string(), "36h");
    assert_eq!("48h".parse::<Since>().unwrap().to_string(), "2d");
}

fn term() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("severity>=medium".to_owned()),
        Just("-severity:info".to_owned()),
        "state:(open|new|fixed)(,changed)?",
        "-?asset:[a-c*.]{1,6}",
        "check:[a-c*.]{1,6}(,[a-c]{1,2})?",
        "port:[1-9]{1,4}",
        "-?decision:(none|accept_risk)",
        "assignee:[a-c@.]{1,5}",
        "since:[1-9]{1,2}[hdw]",
        "-?score(>=|<|:)[1-9][0-9]?",
        "-?kev:(true|false)",
        "-?tag:[a-c:]{1,4}(,none)?",
        "-?sla:(breached|paused,none)",
        "cve:CVE-20[0-2][0-9]-[0-9]{4,5}",
        "[a-c]{1,3}",
        "\"[a-c :<-]{1,4}\"",
    ]
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_a_fault_and_a_filter_is_its_own_text(text in "\\PC{0,60}") {
        if let Ok(filter) = text.parse::<Filter>() {
            prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter));
        }
    }

    #[test]
    fn the_canonical_text_reads_as_the_same_filter_whatever_the_order(
        terms in proptest::collection::vec(term(), 0..6)
    ) {
        let mut turned = terms.clone();
        turned.reverse();
        if let Ok(filter) = terms.join(" ").parse::<Filter>() {
            let text = filter.to_string();
            prop_assert_eq!(turned.join("  ").parse::<Filter>(), Ok(filter.clone()));
            prop_assert_eq!(text.parse::<Filter>(), Ok(filter.clone()));
            prop_assert_eq!(text.parse::<Filter>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn more_terms_never_let_more_through(
        one in term(), other in term(), days in 0..20i64, port in 1..3u16
    ) {
        let (Ok(narrow), Ok(wide)) = (
            format!("{one} {other}").parse::<Filter>(),
            one.parse::<Filter>(),
        ) else {
            return Ok(());
        };
        let events = [(EventType::New, NOW - Duration::days(days))];
        let row = Row { port, host: "a.b", ..row(&events) };
        prop_assert!(!narrow.fits(&row, NOW) || wide.fits(&row, NOW));
    }

    #[test]
    fn a_glob_fits_what_its_like_pattern_fits(glob in "[ab*_%]{1,6}", text in "[ab_%]{0,6}") {
        let glob: Glob = glob.parse().unwrap();
        prop_assert_eq!(glob.fits(&text), like(&glob.like(), &text));
    }
}

/// SQL's `like`, by its definition.
fn like(pattern: &str, text: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = letters.as_str();
            (0..=text.len()).any(|at| text.get(at..).is_some_and(|tail| like(rest, tail)))
        }
        Some(letter) => {
            let literal = if letter == '\\' {
                letters.next()
            } else {
                Some(letter)
            };
            let mut tail = text.chars();
            tail.next() == literal && like(letters.as_str(), tail.as_str())
        }
    }
}
