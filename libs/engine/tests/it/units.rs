//! A job in units: what one came to can be taken over, and the report is the same.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test sets up works, or the test fails"
)]
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wt_engine::{Engine, EngineFault, SettledUnit, Silent};
use wt_exposure::{InconclusiveReason, Settled};
use wt_targets::{Page, Site, serve_http};

use crate::support::{cells, config, job, only};

const CHECKS: &[&str] = &["port.open", "http.service", "http.header.csp_missing"];

fn engine() -> Engine {
    Engine::new(config(&["127.0.0.0/8"], None)).unwrap()
}

#[tokio::test]
async fn a_unit_that_is_taken_over_is_not_looked_at_and_changes_nothing() {
    let site = Site::new([("/", Page::html("<title>Shop</title>"))]);
    let first = serve_http("127.0.14.30:0".parse().unwrap(), site.clone())
        .await
        .unwrap();
    let port = first.address().port();
    let second = serve_http(format!("127.0.14.31:{port}").parse().unwrap(), site)
        .await
        .unwrap();
    let job = only(job(&["127.0.14.30", "127.0.14.31"], &[port]), CHECKS);
    let (engine, never) = (engine(), CancellationToken::new());
    let plan = engine.plan(&job);
    let whole = engine.run(&job, &Silent, &never).await.unwrap();

    let mut lost = engine.begin(&job, &plan, 1, &Silent, &never);
    assert_eq!(lost.units_left(), 2);
    let kept = lost.next().await.unwrap().unwrap().clone();
    assert!(kept.is_whole);
    assert_eq!((kept.hosts.clone(), lost.cells_settled()), (0..1, 3));
    drop(lost);

    let before = (first.connections(), second.connections());
    let mut next = engine.begin(&job, &plan, 1, &Silent, &never);
    for wrong in wrongs(&kept) {
        assert!(!next.take_over(wrong.clone()), "{wrong:?}");
    }
    assert!(next.take_over(kept.clone()));
    assert!(!next.take_over(kept), "twice");
    assert_eq!((next.units_left(), next.cells_settled()), (1, 3));
    let report = next.finish().await.unwrap();
    assert_eq!(first.connections(), before.0);
    assert!(second.connections() > before.1);
    assert_eq!(report.cells, whole.cells);
    let seen = |report: &wt_exposure::JobReport| -> Vec<_> {
        let all = report.observations.iter();
        all.map(|seen| (seen.subject.clone(), seen.check.clone()))
            .collect()
    };
    assert_eq!(seen(&report), seen(&whole));
}

/// What is no unit of the plan, or settles other cells than it has.
fn wrongs(unit: &SettledUnit) -> Vec<SettledUnit> {
    let change = |of: fn(&mut SettledUnit)| {
        let mut wrong = unit.clone();
        of(&mut wrong);
        wrong
    };
    vec![
        change(|unit| unit.hosts = 1..2),
        change(|unit| unit.hosts = 0..2),
        change(|unit| unit.hosts = 7..9),
        change(|unit| unit.is_whole = false),
        change(|unit| {
            unit.cells.pop();
        }),
        change(|unit| "127.0.14.31".clone_into(&mut unit.cells[0].host)),
        change(|unit| unit.cells[0].ports = "1".parse().unwrap()),
        change(|unit| "other".clone_into(&mut unit.cells[0].checks[0].digest)),
        change(|unit| "127.0.14.31".clone_into(&mut unit.observations[0].subject.host)),
    ]
}

#[tokio::test]
async fn what_the_deadline_cut_short_is_not_whole_and_a_cancel_ends_it() {
    let mut job = only(job(&["127.0.14.32", "127.0.14.33"], &[9]), CHECKS);
    job.limits.deadline = Duration::ZERO;
    let (engine, cancel) = (engine(), CancellationToken::new());
    let plan = engine.plan(&job);
    let mut late = engine.begin(&job, &plan, 1, &Silent, &cancel);
    assert!(!late.next().await.unwrap().unwrap().is_whole);
    let skipped = Settled::Inconclusive {
        reason: InconclusiveReason::Skipped,
    };
    let report = late.finish().await.unwrap();
    assert!(cells(&report).values().all(|settled| *settled == skipped));
    assert_eq!(cells(&report).len(), 6);

    cancel.cancel();
    let mut ended = engine.begin(&job, &plan, 1, &Silent, &cancel);
    assert_eq!(ended.next().await, Err(EngineFault::Cancelled));
}
