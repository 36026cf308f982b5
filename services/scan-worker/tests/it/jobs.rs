//! What becomes of a job that is in order.
use std::sync::atomic::Ordering;

use wt_proto::event::{ScanCompleted, ScanProgress};
use wt_targets::{Page, Site, serve_http, serve_tarpit};

use crate::support::{Bench, PATIENCE, job_for, next, no_job_is_left};

fn leaky() -> Site {
    Site::new([
        ("/", Page::html("<title>Shop</title>")),
        ("/.git/config", Page::file("[core]\n\tbare = false\n")),
    ])
}

const CHECKS: &[&str] = &[
    "port.open",
    "http.exposed.git_config",
    "http.header.csp_missing",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_job_becomes_a_stored_result_before_it_is_announced() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let target = serve_http("127.0.20.1:0".parse().unwrap(), leaky())
        .await
        .unwrap();
    let mut heard = bench.listen().await;
    let worker = bench.worker(&[]).await;
    let job = job_for("127.0.20.1", target.address().port(), CHECKS);
    bench.request(&bench.signed(&job)).await;

    let completed: ScanCompleted = next(&mut heard).await.unwrap();
    assert_eq!((completed.attempt, completed.cells_planned), (1, 3));
    assert_eq!(completed.cells_settled, completed.cells_planned);
    let result = bench.result(&completed.artifact_key).await;
    assert_eq!(result.attempt, 1);
    let seen: Vec<&str> = result
        .observations
        .iter()
        .map(|o| o.check_id.as_str())
        .collect();
    assert_eq!(
        seen,
        [
            "http.exposed.git_config",
            "http.header.csp_missing",
            "port.open"
        ]
    );
    assert_eq!(result.checks.len(), 3);
    no_job_is_left(&bench).await;
    assert!(worker.end(PATIENCE).await, "it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_a_check_of_a_job() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let site = leaky();
    site.put("/.netrc", Page::file("machine a login b password c"));
    let target = serve_http("127.0.20.9:0".parse().unwrap(), site)
        .await
        .unwrap();
    let mut heard = bench.listen().await;
    let worker = bench.worker(&[]).await;
    let port = target.address().port();
    let job = job_for("127.0.20.9", port, &["netrc-exposed", "grafana-panel"]);
    assert_eq!(job.checks.len(), 2);
    bench.request(&bench.signed(&job)).await;

    let completed: ScanCompleted = next(&mut heard).await.unwrap();
    assert_eq!((completed.cells_planned, completed.cells_settled), (2, 2));
    let result = bench.result(&completed.artifact_key).await;
    let [seen] = result.observations.as_slice() else {
        panic!("{:?}", result.observations);
    };
    assert_eq!(seen.check_id, "netrc-exposed");
    assert_eq!(result.checks.len(), 1);
    assert!(worker.end(PATIENCE).await, "it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_while_the_job_runs() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let target = serve_http("127.0.20.2:0".parse().unwrap(), leaky())
        .await
        .unwrap();
    let mut heard = bench.listen().await;
    let _worker = bench.worker(&[]).await;
    let job = job_for("127.0.20.2", target.address().port(), CHECKS);
    bench.request(&bench.signed(&job)).await;
    let mut lines = Vec::new();
    loop {
        let progress: ScanProgress = next(&mut heard).await.unwrap();
        assert_eq!(progress.run_id, job.run_id);
        assert!(progress.cells_settled <= 3);
        lines.extend(progress.lines.into_iter().map(|line| line.text));
        if progress.cells_settled == 3 && progress.stage == "reporting" {
            break;
        }
    }
    assert!(
        lines.iter().any(|line| line.contains("open ports")),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_may_not_run_is_acknowledged_and_left_alone() {
    let bench = Bench::new().await;
    bench.answer_claims(Some("job.finished"));
    let target = serve_http("127.0.20.3:0".parse().unwrap(), leaky())
        .await
        .unwrap();
    let _worker = bench.worker(&[]).await;
    let job = job_for("127.0.20.3", target.address().port(), CHECKS);
    bench.request(&bench.signed(&job)).await;
    no_job_is_left(&bench).await;
    assert_eq!(bench.claims.load(Ordering::SeqCst), 1);
    assert_eq!(target.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orchestrator_that_comes_late_is_waited_for() {
    let bench = Bench::new().await;
    let target = serve_http("127.0.20.4:0".parse().unwrap(), leaky())
        .await
        .unwrap();
    let mut heard = bench.listen().await;
    let worker = bench.worker(&[]).await;
    let job = job_for("127.0.20.4", target.address().port(), CHECKS);
    bench.request(&bench.signed(&job)).await;
    // Jobs reach the worker before anybody answers claims.
    wt_testkit::wait::until(PATIENCE, "a ready worker", || async {
        worker
            .is_ready()
            .1
            .iter()
            .any(|(name, ready)| *name == "scan-workers-shared" && *ready)
            .then_some(())
    })
    .await;
    bench.answer_claims(None);
    let completed: ScanCompleted = next(&mut heard).await.unwrap();
    assert_eq!(completed.attempt, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_hands_its_job_to_another() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let target = serve_tarpit("127.0.20.5:0".parse().unwrap()).await.unwrap();
    let mut heard = bench.listen().await;
    let first = bench.worker(&["--drain-ms", "3200"]).await;
    let job = job_for("127.0.20.5", target.address().port(), CHECKS);
    bench.request(&bench.signed(&job)).await;
    wt_testkit::wait::until(PATIENCE, "a started scan", || async {
        (target.connections() > 1).then_some(())
    })
    .await;
    assert!(first.end(PATIENCE).await, "it drains in time");
    let _second = bench.worker(&[]).await;
    let completed: ScanCompleted = next(&mut heard).await.unwrap();
    assert_eq!(completed.attempt, 2);
    assert_eq!(bench.result(&completed.artifact_key).await.attempt, 2);
    no_job_is_left(&bench).await;
}
