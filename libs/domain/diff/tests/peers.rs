//! What other products get wrong when a target is scanned again, one test each: a history is
//! changed in a way that must not matter, and nothing may come of it.
//!
//! Two deliveries of one result at the same moment and crashes in the middle of one are matters of
//! the service: see `services/results/tests/it`.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use wt_diff::{Observed, RunContext, State};
use wt_exposure::{
    AbsentReason, CellRun, CheckRef, Control, Evidence, InconclusiveReason, JobReport, Observation,
    PortSet, Settled, Subject, Transport,
};
use wt_model::{EventType, ExposureState, RunId, RunKind, Severity, TypedId};

const GONE: Settled = Settled::Absent {
    control: Control::VhostAnswered,
    reason: AbsentReason::NotThere,
    confirmed: true,
};

fn run(seq: i64) -> RunContext {
    RunContext {
        tenant_key: "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        run_id: RunId::from_ulid(u128::try_from(seq).unwrap().into()),
        kind: RunKind::OnDemand,
        seq,
    }
}

fn seen(host: &str, port: u16, matcher: &str) -> Observation {
    Observation {
        subject: Subject {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            host: host.to_owned(),
            transport: Transport::Tcp,
            port,
        },
        check: CheckRef {
            id: "http.git_config".to_owned(),
            digest: "v2".to_owned(),
        },
        discriminator: matcher.to_owned(),
        attributes: [("value".to_owned(), "1".to_owned())].into(),
        title: "Exposed Git repository".to_owned(),
        severity: Severity::High,
        strength: 2,
        evidence: Evidence::default(),
    }
}

fn cell(of: &Observation, settled: Settled) -> CellRun {
    CellRun {
        asset_id: of.subject.asset_id,
        host: of.subject.host.clone(),
        transport: of.subject.transport,
        ports: PortSet::single(of.subject.port),
        checks: vec![of.check.clone()],
        settled,
        strength: of.strength,
    }
}

/// A report in which these were seen, each in a present cell of its own place.
fn report(seen: &[Observation]) -> JobReport {
    let mut report = JobReport {
        observations: seen.to_vec(),
        ..JobReport::default()
    };
    for observation in seen {
        let row = cell(observation, Settled::Present);
        if !report.cells.contains(&row) {
            report.cells.push(row);
        }
    }
    report
}

fn three() -> Vec<Observation> {
    vec![
        seen("a.example.com", 443, "one"),
        seen("b.example.com", 443, "one"),
        seen("a.example.com", 8443, "one"),
    ]
}

/// Three exposures, opened by run 1.
fn opened() -> State {
    let mut state = State::default();
    let applied = state.apply(&report(&three()), &run(1));
    assert_eq!(applied.events.len(), 3);
    state
}

/// What run 2 with this report tells.
fn second(report: &JobReport) -> Vec<EventType> {
    let applied = opened().apply(report, &run(2));
    applied.events.iter().map(|e| e.event_type).collect()
}

/// Run 2 sees the three again, each edited.
fn edited(edit: impl Fn(&mut Observation)) -> Vec<EventType> {
    let mut seen = three();
    seen.iter_mut().for_each(edit);
    second(&report(&seen))
}

/// What is kept after run 2 saw the three again, each edited.
fn kept(edit: impl Fn(&mut Observation)) -> Vec<Observed> {
    let (mut state, mut seen) = (opened(), three());
    seen.iter_mut().for_each(edit);
    state.apply(&report(&seen), &run(2));
    state.exposures.into_values().collect()
}

#[test]
fn a_severity_that_was_edited_is_the_same_exposure_and_is_kept() {
    assert_eq!(edited(|seen| seen.severity = Severity::Low), []);
    let kept = kept(|seen| seen.severity = Severity::Low);
    assert!(
        kept.iter()
            .all(|e| e.severity == Severity::Low && e.seq == 2)
    );
}

#[test]
fn a_title_that_was_edited_is_the_same_exposure_and_is_kept() {
    assert_eq!(edited(|seen| seen.title = "Git, exposed".to_owned()), []);
    let kept = kept(|seen| seen.title = "Git, exposed".to_owned());
    assert!(kept.iter().all(|e| e.title == "Git, exposed"));
}

#[test]
fn a_host_spelled_in_capitals_with_a_final_dot_is_the_same_exposure() {
    let mut seen = three();
    for one in &mut seen {
        one.subject.host = one.subject.host.to_uppercase() + ".";
    }
    assert_eq!(second(&report(&seen).with_folded_hosts()), []);
    let mut gone = report(&seen);
    gone.observations.clear();
    gone.cells.iter_mut().for_each(|row| row.settled = GONE);
    assert_eq!(second(&gone.with_folded_hosts()), [EventType::Fixed; 3]);
}

#[test]
fn a_late_sighting_that_nothing_newer_disproved_is_not_lost() {
    // Run 2 could not conclude, and was heard first.
    let mut unclear = report(&three());
    unclear.observations.clear();
    for row in &mut unclear.cells {
        row.settled = Settled::Inconclusive {
            reason: InconclusiveReason::Unreachable,
        };
    }
    let mut state = State::default();
    assert_eq!(state.apply(&unclear, &run(2)).events, []);
    assert_eq!(state.apply(&report(&three()), &run(1)).events.len(), 3);
    // A newer run that looked less hard proves nothing either.
    let mut weaker = report(&three());
    weaker.observations.clear();
    for row in &mut weaker.cells {
        (row.settled, row.strength) = (GONE, 1);
    }
    let mut state = State::default();
    state.apply(&weaker, &run(2));
    assert_eq!(state.apply(&report(&three()), &run(1)).events.len(), 3);
}

#[test]
fn a_title_of_600_characters_is_kept_whole_and_the_same_exposure() {
    let mut long = seen("a.example.com", 443, "one");
    long.title = "t".repeat(600);
    let mut state = State::default();
    state.apply(&report(std::slice::from_ref(&long)), &run(1));
    let again = state.apply(&report(std::slice::from_ref(&long)), &run(2));
    assert!(again.events.is_empty() && again.changes.is_empty());
    assert_eq!(
        state.exposures.into_values().next().unwrap().title,
        long.title
    );
}

#[test]
fn a_host_that_answers_from_another_address_is_the_same_exposure() {
    let address = Some("192.0.2.99".parse().unwrap());
    assert_eq!(edited(|seen| seen.evidence.address = address), []);
}

#[test]
fn findings_in_another_order_are_the_same_exposures() {
    let mut shuffled = report(&three());
    shuffled.observations.rotate_left(1);
    shuffled.cells.reverse();
    assert_eq!(second(&shuffled), []);
}

#[test]
fn a_finding_listed_twice_is_one_exposure() {
    let mut twice = three();
    twice.extend(three());
    let mut state = State::default();
    assert_eq!(state.apply(&report(&twice), &run(1)).events.len(), 3);
    assert_eq!(second(&report(&twice)), []);
}

#[test]
fn the_same_result_again_writes_nothing_and_tells_nothing() {
    let applied = opened().apply(&report(&three()), &run(2));
    assert!(applied.events.is_empty() && applied.changes.is_empty());
    assert_eq!(applied.unchanged.len(), 3);
    let redelivered = opened().apply(&report(&three()), &run(1));
    assert!(redelivered.events.is_empty() && redelivered.changes.is_empty());
}

#[test]
fn two_hosts_with_one_check_are_two_exposures_and_close_apart() {
    let all = three();
    let (a, b) = (&all[0], &all[1]);
    let mut next = report(std::slice::from_ref(a));
    next.cells.push(cell(b, GONE));
    let applied = opened().apply(&next, &run(2));
    assert_eq!(applied.events.len(), 1);
    assert_eq!(applied.events[0].subject.host, b.subject.host);
    assert_eq!(applied.events[0].event_type, EventType::Fixed);
}

#[test]
fn two_ports_on_one_host_are_two_exposures_and_close_apart() {
    let all = three();
    let mut next = report(&all[..2]);
    next.cells.push(cell(&all[2], GONE));
    let applied = opened().apply(&next, &run(2));
    assert_eq!(applied.events.len(), 1);
    assert_eq!(applied.events[0].subject.port, 8443);
}

#[test]
fn two_matchers_of_one_template_are_two_exposures_and_one_does_not_hide_the_other() {
    let (one, two) = (
        seen("a.example.com", 443, "one"),
        seen("a.example.com", 443, "two"),
    );
    let mut state = State::default();
    let first = state.apply(&report(&[one.clone(), two]), &run(1));
    assert_eq!(first.events.len(), 2);
    // The next runs list one of them: the other is doubted, then gone; the first stays.
    assert_eq!(
        state
            .apply(&report(std::slice::from_ref(&one)), &run(2))
            .events,
        []
    );
    let third = state.apply(&report(std::slice::from_ref(&one)), &run(3));
    assert_eq!(third.events.len(), 1);
    assert_eq!(third.events[0].discriminator, "two");
}

#[test]
fn an_empty_result_closes_nothing() {
    assert_eq!(second(&JobReport::default()), []);
}

#[test]
fn an_empty_result_of_a_crashed_job_closes_nothing() {
    let mut crashed = report(&three());
    crashed.observations.clear();
    for row in &mut crashed.cells {
        row.settled = Settled::Inconclusive {
            reason: InconclusiveReason::EngineError,
        };
    }
    assert_eq!(second(&crashed), [EventType::Unresponsive; 3]);
    // Worse: it calls its cells present and lists nothing.
    for row in &mut crashed.cells {
        row.settled = Settled::Present;
    }
    assert_eq!(second(&crashed), [EventType::Unresponsive; 3]);
}

#[test]
fn a_run_of_a_part_of_the_scope_closes_nothing_outside_it() {
    assert_eq!(second(&report(&three()[..1])), []);
}

#[test]
fn hosts_gone_silent_are_unresponsive_and_keep_their_severity() {
    let mut silent = report(&three());
    silent.observations.clear();
    for row in &mut silent.cells {
        row.settled = Settled::Inconclusive {
            reason: InconclusiveReason::Unreachable,
        };
    }
    let mut state = opened();
    assert_eq!(state.apply(&silent, &run(2)).events.len(), 3);
    assert_eq!(state.apply(&silent, &run(3)).events, [], "once per streak");
    for observed in state.exposures.values() {
        assert_eq!(observed.state, ExposureState::Unresponsive);
        assert_eq!(observed.severity, Severity::High);
    }
}

#[test]
fn a_template_set_rolled_back_proves_no_fix() {
    let mut old_rules = report(&three());
    old_rules.observations.clear();
    for row in &mut old_rules.cells {
        row.settled = GONE;
        row.checks = vec![CheckRef {
            id: "http.git_config".to_owned(),
            digest: "v1".to_owned(),
        }];
    }
    let applied = opened().apply(&old_rules, &run(2));
    assert!(applied.events.is_empty() && applied.changes.is_empty());
    assert_eq!(applied.weaker.len(), 3);
}

#[test]
fn a_result_that_arrives_after_a_newer_one_is_history_whatever_its_clock_says() {
    // Nothing in the engine knows the time: a worker's clock that jumps has nowhere to go.
    let mut state = opened();
    let mut gone = report(&three());
    gone.observations.clear();
    gone.cells.iter_mut().for_each(|row| row.settled = GONE);
    state.apply(&gone, &run(3));
    let late = state.apply(&report(&three()), &run(2));
    assert!(late.events.is_empty() && late.changes.is_empty());
    let fixed = |s: &State| {
        s.exposures
            .values()
            .all(|e| e.state == ExposureState::Fixed)
    };
    assert!(fixed(&state));
}
