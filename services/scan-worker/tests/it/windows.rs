//! A job ends with the window it began in, however late its attempt is handed out.
use time::OffsetDateTime;
use wt_proto::{convert::to_timestamp, event::ScanCompleted};
use wt_targets::{Page, Site, serve_http};

use crate::support::{Bench, job_for, next};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_begins_after_its_window_touches_nothing() {
    let bench = Bench::new().await;
    let site = Site::new([("/", Page::html("<title>Shop</title>"))]);
    let target = serve_http("127.0.20.6:0".parse().unwrap(), site)
        .await
        .unwrap();
    let mut heard = bench.listen().await;
    let _worker = bench.worker(&[]).await;
    // Time to reach the worker; the attempt is handed out when it is over.
    let ends = OffsetDateTime::now_utc() + time::Duration::seconds(3);
    bench.grant_not_before(ends);
    let checks = ["port.open", "http.header.csp_missing"];
    let mut job = job_for("127.0.20.6", target.address().port(), &checks);
    job.not_after = Some(to_timestamp(ends));
    bench.request(&bench.signed(&job)).await;
    let completed: ScanCompleted = next(&mut heard).await.unwrap();
    assert_eq!(completed.cells_settled, completed.cells_planned);
    let result = bench.result(&completed.artifact_key).await;
    assert!(result.observations.is_empty());
    assert_eq!(target.connections(), 0);
}
