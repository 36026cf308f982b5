//! The tables against the pure engine: random histories, told to the service one after the other
//! and to `wt_diff::State`, end in the same exposures and the same events in the same order; also
//! when its connections are cut in the middle of it.
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::Row;
use wt_diff::{RunContext, State};
use wt_exposure::Settled;
use wt_model::Severity;

use crate::{
    room::{PATIENCE, Room, organization},
    told::{Told, gone, silent, told_of},
};

/// Results of one history: each differs from the one before in some cells.
const RESULTS: u64 = 40;
const PORTS: u16 = 8;

/// A linear congruential generator (Knuth's MMIX constants): the same history every time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn told(&mut self, tenant: wt_model::TenantKey) -> Told {
        let mut cells: Vec<(u16, Settled)> = Vec::new();
        for port in 1..=PORTS {
            match self.throw(10) {
                0 => {}
                1 => cells.push((port, gone())),
                2 => cells.push((port, silent())),
                _ => cells.push((port, Settled::Present)),
            }
        }
        cells.push((99, silent()));
        let kind = if self.throw(4) == 0 {
            "verify"
        } else {
            "on_demand"
        };
        let value = if self.throw(4) == 0 { "2" } else { "1" };
        let mut told = told_of(tenant, kind, &cells, value);
        if self.throw(4) == 0 {
            for seen in &mut told.report.observations {
                seen.severity = Severity::Low;
            }
        }
        told
    }
}

/// Key, state, severity, fingerprint, run number and doubt of one exposure.
type Line = (String, String, String, Vec<u8>, i64, Option<i64>);

/// Applies `told` to the model and adds the ids of its events.
fn model(state: &mut State, events: &mut Vec<String>, told: &Told) {
    let run = RunContext {
        tenant_key: told.tenant,
        run_id: told.job.run_id.parse().unwrap(),
        kind: told.job.kind.parse().unwrap(),
        seq: told.job.run_seq,
    };
    let applied = state.apply(&told.report, &run);
    events.extend(applied.events.iter().map(|event| event.id.to_string()));
}

async fn assert_same(room: &Room, state: &State, events: &[String]) {
    let mut conn = room.superuser().await;
    let rows = sqlx::query(
        "select key, state, severity, fingerprint, seq, gone_seq
         from results.exposures order by key",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let stored: Vec<Line> = rows
        .iter()
        .map(|row| {
            let (key, state, severity) = (row.get(0), row.get(1), row.get(2));
            (key, state, severity, row.get(3), row.get(4), row.get(5))
        })
        .collect();
    let expected: Vec<Line> = state
        .exposures
        .values()
        .map(|e| {
            let print = e.fingerprint.as_bytes().to_vec();
            (
                e.key.to_string(),
                e.state.to_string(),
                e.severity.to_string(),
                print,
                e.seq,
                e.gone_seq,
            )
        })
        .collect();
    assert_eq!(stored, expected);
    let told: Vec<String> = sqlx::query_scalar("select ref from results.leaves order by index")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    assert_eq!(told, events, "the ledger holds each event once, in order");
}

#[tokio::test]
async fn random_histories_end_in_the_tables_as_in_the_pure_engine() {
    let room = Room::open().await;
    let tenant = organization();
    let (mut dice, mut state, mut events) = (Dice(5), State::default(), Vec::new());
    let mut late: Option<Told> = None;
    for number in 0..RESULTS {
        let told = dice.told(tenant);
        // Every seventh result is overtaken by the next one.
        if number % 7 == 6 && late.is_none() {
            late = Some(told);
            continue;
        }
        for told in [Some(told), late.take()].into_iter().flatten() {
            model(&mut state, &mut events, &told);
            let told = room.tell(told).await;
            assert_eq!(room.settled(&told).await, "");
        }
    }
    assert!(events.len() > 40, "a history without events shows nothing");
    assert_same(&room, &state, &events).await;
}

#[tokio::test]
async fn connections_cut_in_the_middle_of_ingesting_lose_and_double_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    let (mut dice, mut state, mut events) = (Dice(7), State::default(), Vec::new());
    let done = AtomicBool::new(false);
    // Once a result: a message that fails five times is put aside.
    let due = AtomicBool::new(false);
    let mut cuts = 0_u32;
    let cutting = async {
        let mut conn = room.superuser().await;
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(5));
        while !done.load(Ordering::Relaxed) {
            pace.tick().await;
            if !due.load(Ordering::Relaxed) {
                continue;
            }
            // Only where a result is being written: its backend dies as in a crash of the server.
            let cut: Vec<bool> = sqlx::query_scalar(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and usename = 'wt_results'
                   and xact_start is not null",
            )
            .fetch_all(&mut conn)
            .await
            .unwrap();
            if !cut.is_empty() {
                due.store(false, Ordering::Relaxed);
                cuts += 1;
            }
        }
    };
    let telling = async {
        for _ in 0..RESULTS / 2 {
            let mut told = dice.told(tenant);
            model(&mut state, &mut events, &told);
            room.store(&mut told).await;
            due.store(true, Ordering::Relaxed);
            room.say(&told).await;
            room.say(&told).await;
            assert_eq!(room.settled(&told).await, "");
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::time::timeout(PATIENCE * 4, futures::future::join(cutting, telling))
        .await
        .unwrap();
    assert!(cuts > 0, "nothing was cut");
    assert_same(&room, &state, &events).await;
}
