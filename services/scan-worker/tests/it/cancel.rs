//! A cancelled run stops where it is.
use std::time::Duration;

use wt_model::Pool;
use wt_proto::{Message, event::ScanCancelled, scan, subject::scan_cancel};
use wt_targets::serve_tarpit;

use crate::support::{Bench, PATIENCE, job_for, next, no_job_is_left, run_id, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_stops_where_it_is() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let target = serve_tarpit("127.0.21.1:0".parse().unwrap()).await.unwrap();
    let mut heard = bench.listen().await;
    let _worker = bench.worker(&[]).await;
    let job = job_for("127.0.21.1", target.address().port(), &["http.service"]);
    bench.request(&bench.signed(&job)).await;
    wt_testkit::wait::until(PATIENCE, "a started scan", || async {
        (target.connections() > 1).then_some(())
    })
    .await;
    cancel(&bench).await;
    let cancelled: ScanCancelled = next(&mut heard).await.unwrap();
    assert_eq!((cancelled.job_id, cancelled.attempt), (job.job_id, 1));
    no_job_is_left(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_drains_can_still_be_cancelled() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let target = serve_tarpit("127.0.21.2:0".parse().unwrap()).await.unwrap();
    let mut heard = bench.listen().await;
    let worker = bench.worker(&["--drain-ms", "60000"]).await;
    let job = job_for("127.0.21.2", target.address().port(), &["http.service"]);
    bench.request(&bench.signed(&job)).await;
    wt_testkit::wait::until(PATIENCE, "a started scan", || async {
        (target.connections() > 1).then_some(())
    })
    .await;
    worker.stop();
    cancel(&bench).await;
    let cancelled: ScanCancelled = next(&mut heard).await.unwrap();
    assert_eq!((cancelled.job_id, cancelled.attempt), (job.job_id, 1));
    assert!(worker.end(PATIENCE).await, "it stops");
}

/// Says plainly, as the orchestrator does, that the run is cancelled: a cancel need not survive
/// anything.
async fn cancel(bench: &Bench) {
    let notice = scan::CancelNotice {
        run_id: run_id().to_string(),
        tenant_key: tenant().to_string(),
        reason: "asked".to_owned(),
        ..scan::CancelNotice::default()
    };
    let (subject, bytes) = (
        scan_cancel(Pool::Shared, run_id()),
        notice.encode_to_vec().into(),
    );
    let reply = bench
        .bus
        .ask(&subject, bytes, Duration::from_millis(50))
        .await;
    assert!(reply.is_err(), "nobody answers a notice");
}
