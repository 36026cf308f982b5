//! Every row of the table of contracts §6.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use std::collections::BTreeMap;

use wt_diff::{Look, Observed, RunContext, Step, retire, step, withdraw_check};
use wt_exposure::{
    AbsentReason, CheckRef, Control, Evidence, ExposureKey, InconclusiveReason, Observation,
    Subject, Transport,
};
use wt_model::{EventType, ExposureState, RunId, RunKind, Severity, TypedId};

fn run(seq: i64, kind: RunKind) -> RunContext {
    RunContext {
        tenant_key: "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        run_id: RunId::from_ulid(u128::try_from(seq).unwrap().into()),
        kind,
        seq,
    }
}

fn seen(check: &str, value: &str) -> Observation {
    Observation {
        subject: Subject {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            host: "www.example.com".to_owned(),
            transport: Transport::Tcp,
            port: 443,
        },
        check: CheckRef {
            id: check.to_owned(),
            digest: "d1".to_owned(),
        },
        discriminator: String::new(),
        attributes: BTreeMap::from([("value".to_owned(), value.to_owned())]),
        title: "title".to_owned(),
        severity: Severity::High,
        strength: 2,
        evidence: Evidence::default(),
    }
}

fn key(observation: &Observation) -> ExposureKey {
    let tenant = run(1, RunKind::OnDemand).tenant_key;
    ExposureKey::derive(tenant, &observation.subject, &observation.check.id, "")
}

fn present(observation: &Observation) -> Look<'_> {
    Look::Present {
        observation,
        index: 0,
    }
}

fn absent(control: Control, reason: AbsentReason) -> Look<'static> {
    Look::Absent {
        control,
        reason,
        confirmed: true,
        strength: 2,
        digest: "d1",
    }
}

const HTTP_GONE: Look<'static> = Look::Absent {
    control: Control::VhostAnswered,
    reason: AbsentReason::NotThere,
    confirmed: true,
    strength: 2,
    digest: "d1",
};

fn unclear(reason: InconclusiveReason, host_answered: bool) -> Look<'static> {
    Look::Inconclusive {
        reason,
        host_answered,
        strength: 2,
        digest: "d1",
    }
}

/// The exposure a first sighting opens, put into `state`.
fn prior(check: &str, state: ExposureState) -> Observed {
    let observation = seen(check, "1");
    let run = run(1, RunKind::OnDemand);
    match step(&key(&observation), None, &present(&observation), &run) {
        Step::Become(next, event) => {
            assert_eq!(event.event_type, EventType::New);
            Observed { state, ..next }
        }
        other => panic!("a first sighting led to {other:?}"),
    }
}

/// State and event that `look` leads to in run 2; none where nothing happens.
fn after(prior: &Observed, look: &Look<'_>) -> Option<(ExposureState, EventType)> {
    match step(&prior.key, Some(prior), look, &run(2, RunKind::OnDemand)) {
        Step::Become(next, event) => Some((next.state, event.event_type)),
        _ => None,
    }
}

#[test]
fn each_row_of_the_table_leads_where_it_says() {
    use ExposureState::{Fixed, Open, Retired, StaleCheck, Unresponsive};
    let (same, other) = (seen("http.git_config", "1"), seen("http.git_config", "2"));
    let timeout = unclear(InconclusiveReason::Timeout, true);
    let from = |state| prior("http.git_config", state);
    let rows = [
        (Open, present(&same), None),
        (Open, present(&other), Some((Open, EventType::Changed))),
        (Open, HTTP_GONE, Some((Fixed, EventType::Fixed))),
        (Open, timeout, Some((Unresponsive, EventType::Unresponsive))),
        (Unresponsive, timeout, None),
        (
            Unresponsive,
            present(&same),
            Some((Open, EventType::Responsive)),
        ),
        (
            Unresponsive,
            present(&other),
            Some((Open, EventType::Changed)),
        ),
        (Unresponsive, HTTP_GONE, Some((Fixed, EventType::Fixed))),
        (Fixed, present(&same), Some((Open, EventType::Reopened))),
        (Fixed, HTTP_GONE, None),
        (Fixed, timeout, None),
        (Retired, present(&same), Some((Open, EventType::Reopened))),
        (Retired, HTTP_GONE, None),
        (
            StaleCheck,
            present(&same),
            Some((Open, EventType::Reopened)),
        ),
        (StaleCheck, timeout, None),
    ];
    for (state, look, expected) in rows {
        assert_eq!(after(&from(state), &look), expected, "{state} and {look:?}");
    }
}

#[test]
fn a_look_of_the_same_or_an_older_run_leads_nowhere() {
    let open = prior("http.git_config", ExposureState::Open);
    for seq in [0, 1] {
        let late = run(seq, RunKind::OnDemand);
        assert_eq!(
            step(&open.key, Some(&open), &HTTP_GONE, &late),
            Step::Nothing
        );
    }
}

#[test]
fn absence_of_what_was_never_seen_is_nothing() {
    let observation = seen("http.git_config", "1");
    let run = run(1, RunKind::OnDemand);
    assert_eq!(
        step(&key(&observation), None, &HTTP_GONE, &run),
        Step::Nothing
    );
}

#[test]
fn a_weaker_or_differently_ruled_absence_closes_nothing() {
    let open = prior("http.git_config", ExposureState::Open);
    let run = run(2, RunKind::OnDemand);
    let weaker = Look::Absent {
        control: Control::VhostAnswered,
        reason: AbsentReason::NotThere,
        confirmed: true,
        strength: 1,
        digest: "d1",
    };
    let other_rules = Look::Absent {
        control: Control::VhostAnswered,
        reason: AbsentReason::NotThere,
        confirmed: true,
        strength: 3,
        digest: "d2",
    };
    for look in [weaker, other_rules] {
        assert_eq!(step(&open.key, Some(&open), &look, &run), Step::Weaker);
    }
}

#[test]
fn an_absence_seen_once_waits_for_a_second_run_that_agrees() {
    let open = prior("http.git_config", ExposureState::Open);
    let once = Look::Absent {
        control: Control::VhostAnswered,
        reason: AbsentReason::NotThere,
        confirmed: false,
        strength: 2,
        digest: "d1",
    };
    let Step::Write(doubted) = step(&open.key, Some(&open), &once, &run(2, RunKind::OnDemand))
    else {
        panic!("one look of one run must only be noted");
    };
    assert_eq!(doubted.state, ExposureState::Open);
    let third = step(&open.key, Some(&doubted), &once, &run(3, RunKind::OnDemand));
    assert!(matches!(third, Step::Become(next, _) if next.state == ExposureState::Fixed));
}

#[test]
fn what_shows_gone_depends_on_the_kind_of_check() {
    use AbsentReason::{Closed, NameGone, NotThere};
    let rows = [
        ("port.open", Control::HostAnswered, Closed, true),
        ("port.open", Control::PortAccepted, NotThere, false),
        (
            "tls.cert_expired",
            Control::HandshakeCompleted,
            NotThere,
            true,
        ),
        ("tls.cert_expired", Control::PortAccepted, NotThere, false),
        ("tls.cert_expired", Control::HostAnswered, Closed, false),
        (
            "http.git_config",
            Control::HandshakeCompleted,
            NotThere,
            false,
        ),
        ("http.git_config", Control::HostAnswered, Closed, false),
        ("redis.open", Control::PortAccepted, NotThere, true),
        ("redis.open", Control::HostAnswered, Closed, false),
        ("http.git_config", Control::ZoneAnswered, NameGone, true),
        ("http.git_config", Control::VhostAnswered, NameGone, false),
        ("dns.spf.missing", Control::NameAnswered, NotThere, true),
        ("dns.spf.missing", Control::VhostAnswered, NotThere, false),
        ("dns.spf.missing", Control::ZoneAnswered, NameGone, true),
        ("http.git_config", Control::NameAnswered, NotThere, false),
    ];
    for (check, control, reason, fixed) in rows {
        let open = prior(check, ExposureState::Open);
        let led = after(&open, &absent(control, reason));
        let expected = fixed.then_some((ExposureState::Fixed, EventType::Fixed));
        assert_eq!(led, expected, "{check} {control:?} {reason:?}");
    }
}

#[test]
fn a_silent_port_is_gone_once_two_runs_with_a_control_agree() {
    let open = prior("port.open", ExposureState::Open);
    let silence = unclear(InconclusiveReason::Timeout, true);
    let second = step(&open.key, Some(&open), &silence, &run(2, RunKind::OnDemand));
    let Step::Become(silent, event) = second else {
        panic!("silence must be told");
    };
    assert_eq!(event.event_type, EventType::Unresponsive);
    let alone = unclear(InconclusiveReason::Timeout, false);
    let nothing = step(&open.key, Some(&silent), &alone, &run(3, RunKind::OnDemand));
    assert_eq!(
        nothing,
        Step::Nothing,
        "without a control silence says nothing"
    );
    let third = step(
        &open.key,
        Some(&silent),
        &silence,
        &run(3, RunKind::OnDemand),
    );
    assert!(matches!(third, Step::Become(next, _) if next.state == ExposureState::Fixed));
}

#[test]
fn a_verify_run_that_sees_it_unchanged_says_still_open_and_writes_nothing() {
    let open = prior("http.git_config", ExposureState::Open);
    let observation = seen("http.git_config", "1");
    let told = step(
        &open.key,
        Some(&open),
        &present(&observation),
        &run(2, RunKind::Verify),
    );
    assert!(matches!(told, Step::Tell(event) if event.event_type == EventType::StillOpen));
}

#[test]
fn a_changed_finding_names_the_fields() {
    let open = prior("http.git_config", ExposureState::Open);
    let observation = seen("http.git_config", "2");
    let run = run(2, RunKind::OnDemand);
    let Step::Become(_, event) = step(&open.key, Some(&open), &present(&observation), &run) else {
        panic!("another fingerprint must be told");
    };
    let named: Vec<_> = event.changed.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(named, ["value"]);
}

#[test]
fn a_withdrawn_exposure_is_retired_or_stale_and_never_fixed() {
    let open = prior("http.git_config", ExposureState::Open);
    let Step::Become(retired, event) = retire(&open, "auz_1", "the authorization was revoked")
    else {
        panic!("an open exposure must retire");
    };
    assert_eq!(retired.state, ExposureState::Retired);
    assert_eq!(event.event_type, EventType::Retired);
    assert_eq!(retire(&retired, "auz_1", "again"), Step::Nothing);
    let Step::Become(stale, _) = withdraw_check(&open, "catalogue", "the check was withdrawn")
    else {
        panic!("an open exposure must go stale");
    };
    assert_eq!(stale.state, ExposureState::StaleCheck);
    let fixed = prior("http.git_config", ExposureState::Fixed);
    assert_eq!(retire(&fixed, "auz_1", "too late"), Step::Nothing);
}
