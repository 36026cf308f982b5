//! The laws of the diff engine, over random histories (contracts §6).
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
mod history;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wt_diff::{Observed, Seen, State, Told, apply, apply_told, shows_gone};
use wt_exposure::{
    Evidence, ExposureKey, Fingerprint, InconclusiveReason, JobReport, Observation, Settled,
};
use wt_model::{EventType, ExposureState, Severity};

use self::history::{CHECKS, Drawn, history, replay, report, run, run_cells};

/// Whether `newer` by itself shows that what `late` saw is gone.
fn disproves(newer: &Drawn, late: &Drawn) -> bool {
    let check = CHECKS.get(usize::from(newer.check)).unwrap();
    (newer.host, newer.check, newer.digest) == (late.host, late.check, late.digest)
        && newer.strength >= late.strength
        && match newer.settled {
            Settled::Absent {
                control,
                reason,
                confirmed: true,
            } => shows_gone(wt_diff::CheckKind::of(check), control, reason),
            _ => false,
        }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_same_result_applied_twice_changes_nothing(history in history()) {
        let mut state = replay(&history);
        let before = state.clone();
        for (index, (verify, cells)) in history.iter().enumerate() {
            let applied = state.apply(&report(cells), &run(index + 1, *verify));
            prop_assert!(applied.events.is_empty() && applied.changes.is_empty());
        }
        prop_assert_eq!(state, before);
    }

    #[test]
    fn a_late_result_changes_nothing_live_and_opens_only_what_no_newer_run_disproved(
        history in history(), late in run_cells()
    ) {
        // Seq 0 is older than every run of the history.
        let mut state = replay(&history);
        let newer: Vec<&Drawn> = history.iter().flat_map(|(_, cells)| cells).collect();
        let late: Vec<Drawn> = late
            .into_iter()
            .filter(|cell| newer.iter().any(|n| (n.host, n.check) == (cell.host, cell.check)))
            .collect();
        let before = state.exposures.clone();
        let applied = state.apply(&report(&late), &run(0, false));
        let live = |o: &Observed| {
            matches!(o.state, ExposureState::Open | ExposureState::Unresponsive)
        };
        for (key, observed) in &before {
            prop_assert!(!live(observed) || state.exposures[key] == *observed);
        }
        for event in &applied.events {
            prop_assert!(matches!(event.event_type, EventType::New | EventType::Reopened));
            let cell = late.iter().find(|c| {
                event.subject.host == format!("h{}.example.com", c.host)
                    && event.check.id == CHECKS[usize::from(c.check)]
            });
            let cell = cell.unwrap();
            prop_assert!(!newer.iter().any(|n| disproves(n, cell)));
        }
    }

    #[test]
    fn what_was_seen_and_never_disproved_is_live_in_every_order_of_arrival(
        history in history(), order in proptest::collection::vec(any::<u16>(), 6)
    ) {
        // Each cell that is seen lists one thing, and what is not seen is refused: nothing here
        // is ever proven gone.
        let mut reports: Vec<(usize, JobReport)> = history
            .iter()
            .enumerate()
            .map(|(index, (_, cells))| {
                let mut cells = cells.clone();
                for cell in &mut cells {
                    cell.seen = vec![(0, cell.seen[0].1)];
                    if cell.settled != Settled::Present {
                        let reason = InconclusiveReason::Refused;
                        cell.settled = Settled::Inconclusive { reason };
                    }
                }
                (index + 1, report(&cells))
            })
            .collect();
        let seen: BTreeSet<_> = reports
            .iter()
            .flat_map(|(_, report)| {
                Seen::in_report(report, run(1, false).tenant_key).keys().to_vec()
            })
            .collect();
        reports.sort_by_key(|(seq, _)| order[seq - 1]);
        let mut state = State::default();
        for (seq, report) in &reports {
            state.apply(report, &run(*seq, false));
        }
        let live: BTreeSet<_> = state
            .exposures
            .values()
            .filter(|o| matches!(o.state, ExposureState::Open | ExposureState::Unresponsive))
            .map(|o| o.key.clone())
            .collect();
        prop_assert_eq!(live, seen);
    }

    #[test]
    fn duplicates_anywhere_in_any_order_of_arrival_are_harmless(
        history in history(), order in proptest::collection::vec(0..6usize, 6..18)
    ) {
        let (mut once, mut often) = (State::default(), State::default());
        let mut arrived = BTreeSet::new();
        let (mut told, mut told_again) = (Vec::new(), Vec::new());
        for index in order {
            let Some((verify, cells)) = history.get(index) else {
                continue;
            };
            let (report, run) = (report(cells), run(index + 1, *verify));
            if arrived.insert(index) {
                told.extend(once.apply(&report, &run).events);
            }
            told_again.extend(often.apply(&report, &run).events);
        }
        prop_assert_eq!(told, told_again);
        prop_assert_eq!(once, often);
    }

    #[test]
    fn the_order_within_a_result_decides_nothing(history in history(), last in run_cells()) {
        let state = replay(&history);
        let context = run(history.len() + 1, false);
        let mut other: JobReport = report(&last);
        // The same things once more, spelled alike but for what is only told.
        let mut again = other.observations.clone();
        for seen in &mut again {
            seen.title = "another title".to_owned();
        }
        let mut first = other.clone();
        first.observations.extend(again.clone());
        other.observations.extend(again);
        other.cells.reverse();
        other.observations.reverse();
        let (mut one, mut two) = (state.clone(), state);
        one.apply(&first, &context);
        two.apply(&other, &context);
        prop_assert_eq!(one, two);
    }

    #[test]
    fn taking_cells_from_a_run_never_makes_a_fixed(
        history in history(), last in run_cells(), kept: [bool; 6]
    ) {
        let state = replay(&history);
        let number = history.len() + 1;
        let fixed = |cells: &[Drawn]| -> BTreeSet<_> {
            let applied = state.clone().apply(&report(cells), &run(number, false));
            let events = applied.events.into_iter();
            events
                .filter(|event| event.event_type == EventType::Fixed)
                .map(|event| event.key)
                .collect()
        };
        let fewer: Vec<Drawn> = last
            .iter()
            .zip(kept)
            .filter(|(_, kept)| *kept)
            .map(|(cell, _)| cell.clone())
            .collect();
        prop_assert!(fixed(&fewer).is_subset(&fixed(&last)));
    }

    #[test]
    fn reports_on_disjoint_subjects_commute(history in history(), last in run_cells()) {
        let (left, right): (Vec<Drawn>, Vec<Drawn>) =
            last.into_iter().partition(|cell| cell.host == 0);
        let context = run(history.len() + 1, true);
        let (mut one, mut other) = (replay(&history), replay(&history));
        one.apply(&report(&left), &context);
        one.apply(&report(&right), &context);
        other.apply(&report(&right), &context);
        other.apply(&report(&left), &context);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn fixed_needs_absence_with_control_confirmed_as_strong_and_by_the_same_rules(
        history in history(), last in run_cells()
    ) {
        let mut state = replay(&history);
        let before = state.exposures.clone();
        let applied = state.apply(&report(&last), &run(history.len() + 1, false));
        for event in applied.events.iter().filter(|e| e.event_type == EventType::Fixed) {
            let prior = &before[&event.key];
            prop_assert!(event.strength >= prior.opened_strength);
            prop_assert_eq!(&event.check.digest, &prior.check.digest);
            let second_probe = prior.gone_seq.is_some();
            match event.settled.clone().unwrap() {
                Settled::Absent { control, reason, confirmed } => {
                    prop_assert!(shows_gone(wt_diff::CheckKind::of(&prior.check.id), control, reason));
                    prop_assert!(confirmed || second_probe);
                }
                Settled::Inconclusive { reason } => {
                    prop_assert_eq!(reason, InconclusiveReason::Timeout);
                    prop_assert!(second_probe && prior.check.id == "port.open");
                }
                Settled::Present => prop_assert!(false, "fixed by being seen"),
            }
        }
    }

    #[test]
    fn what_is_as_it_is_known_need_not_be_loaded(history in history(), last in run_cells()) {
        let state = replay(&history);
        let (report, run) = (report(&last), run(history.len() + 1, false));
        let mut seen = Seen::in_report(&report, run.tenant_key);
        let whole = apply(&state.exposures, &seen, &state.coverage, &report, &run);
        let mut narrow = state.exposures.clone();
        let mut known = Vec::new();
        for (index, observation) in report.observations.iter().enumerate() {
            let key = &seen.keys()[index];
            let print = Fingerprint::of(&observation.attributes);
            let prior = state.exposures.get(key);
            if prior.is_some_and(|p| p.is_as_known(observation, &print, run.seq)) {
                known.push(index);
                narrow.remove(key);
            }
        }
        seen.note_as_known(known);
        prop_assert_eq!(whole, apply(&narrow, &seen, &state.coverage, &report, &run));
    }

    #[test]
    fn events_and_states_agree(history in history()) {
        let mut state = State::default();
        let mut ids = BTreeSet::new();
        for (index, (verify, cells)) in history.iter().enumerate() {
            let applied = state.apply(&report(cells), &run(index + 1, *verify));
            for event in &applied.events {
                prop_assert!(ids.insert(event.id), "an event id came twice");
                let now = state.exposures[&event.key].state;
                let expected = match event.event_type {
                    EventType::Fixed => ExposureState::Fixed,
                    EventType::Unresponsive => ExposureState::Unresponsive,
                    _ => ExposureState::Open,
                };
                prop_assert_eq!(now, expected);
                prop_assert!(event.event_type != EventType::StillOpen || *verify);
            }
        }
    }
}

/// Fails to compile when the observed state gains a field, so that whoever adds one asks
/// whether a user decides it: decisions live in other columns that no rescan writes.
#[test]
fn the_observed_state_has_no_room_for_a_users_decision() {
    let state = replay(&[(
        false,
        vec![Drawn {
            host: 0,
            check: 0,
            digest: 0,
            strength: 2,
            settled: Settled::Present,
            seen: vec![(0, 0)],
        }],
    )]);
    for observed in state.exposures.into_values() {
        let Observed {
            key: _,
            subject: _,
            check: _,
            discriminator: _,
            state,
            severity: _,
            title: _,
            attributes: _,
            fingerprint: _,
            opened_strength: _,
            seq: _,
            unresponsive_reason: _,
            gone_seq: _,
        } = observed;
        assert_eq!(state, ExposureState::Open);
    }
}

/// What somebody else saw in the places of a run, each exposure once.
fn seen_by_others(cells: &[Drawn]) -> Vec<(ExposureKey, Observation)> {
    let present = cells.iter().map(|cell| Drawn {
        settled: Settled::Present,
        ..cell.clone()
    });
    let tenant = run(1, false).tenant_key;
    let seen = report(&present.collect::<Vec<_>>()).observations;
    let seen: BTreeMap<_, _> = seen
        .into_iter()
        .map(|o| {
            let key = ExposureKey::derive(tenant, &o.subject, &o.check.id, &o.discriminator);
            (key, o)
        })
        .collect();
    seen.into_iter().collect()
}

fn tell(state: &mut State, seen: &[(ExposureKey, Observation)]) -> Vec<EventType> {
    let seen: Vec<_> = seen.iter().map(|(key, o)| (key.clone(), o)).collect();
    let told = Told {
        cause: "imp_1",
        reason: "imported from a test",
    };
    let applied = apply_told(&state.exposures, &seen, told);
    for change in &applied.changes {
        let next = change.next.clone();
        state.exposures.insert(next.key.clone(), next);
    }
    let events = applied.events.iter();
    events.map(|event| event.event_type).collect()
}

proptest! {
    #[test]
    fn what_others_told_ends_nothing_and_touches_nothing_it_does_not_name(
        drawn in history(), cells in run_cells()
    ) {
        let before = replay(&drawn);
        let seen = seen_by_others(&cells);
        let mut state = before.clone();
        let events = tell(&mut state, &seen);
        prop_assert!(events.iter().all(|event| matches!(
            event,
            EventType::New | EventType::Changed | EventType::Responsive | EventType::Reopened
        )));
        prop_assert_eq!(&state.coverage, &before.coverage);
        for (key, observed) in &state.exposures {
            let was = before.exposures.get(key);
            if seen.iter().any(|(named, _)| named == key) {
                prop_assert_eq!(observed.state, ExposureState::Open);
                // Runs stay in their order: none comes too late because of what was told.
                prop_assert_eq!(observed.seq, was.map_or(0, |was| was.seq));
            } else {
                prop_assert_eq!(Some(observed), was);
            }
        }
    }

    #[test]
    fn the_same_told_twice_changes_nothing(drawn in history(), cells in run_cells()) {
        let mut state = replay(&drawn);
        let seen = seen_by_others(&cells);
        tell(&mut state, &seen);
        let once = state.clone();
        prop_assert!(tell(&mut state, &seen).is_empty());
        prop_assert_eq!(state, once);
    }

    #[test]
    fn what_a_file_is_silent_about_is_no_change(drawn in history()) {
        let before = replay(&drawn);
        let open = before.exposures.values().filter(|o| o.state == ExposureState::Open);
        let silent = |known: &Observed| Observation {
            subject: known.subject.clone(),
            check: known.check.clone(),
            discriminator: known.discriminator.clone(),
            attributes: BTreeMap::new(),
            title: "other words".to_owned(),
            severity: Severity::Info,
            strength: 0,
            evidence: Evidence::default(),
        };
        let seen: Vec<_> = open.map(|known| (known.key.clone(), silent(known))).collect();
        let mut state = before.clone();
        prop_assert!(tell(&mut state, &seen).is_empty());
        for (key, observed) in &mut state.exposures {
            let was = before.exposures.get(key).unwrap();
            // It is there: a doubt is over.
            observed.gone_seq = was.gone_seq;
            prop_assert_eq!(&*observed, was);
        }
    }
}
