//! Jobs that must not run, and what is said about them.
use std::sync::atomic::Ordering;

use time::{Duration, OffsetDateTime};
use wt_envelope::SigningKey;
use wt_proto::{convert::to_timestamp, event::ScanFailed, scan};
use wt_targets::{Page, Site, serve_http};

use crate::support::{Bench, job_for, next, no_job_is_left, signed_by};

/// Breaks one thing of a job that is in order; returns what goes on the bus.
type Break = fn(&Bench, scan::Job) -> scan::JobEnvelope;

fn in_hours(hours: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::hours(hours)
}

const CASES: &[(&str, bool, Break)] = &[
    ("job.unsigned", false, |bench, job| {
        let mut envelope = bench.signed(&job);
        envelope.signatures.clear();
        envelope
    }),
    ("job.signature_invalid", false, |bench, job| {
        let mut envelope = bench.signed(&job);
        if let Some(byte) = envelope.payload.last_mut() {
            *byte ^= 1;
        }
        envelope
    }),
    ("job.signature_invalid", false, |_, job| {
        signed_by(&SigningKey::from_seed(&[8; 32]).expect("a key"), &job)
    }),
    ("job.signature_invalid", false, |bench, job| {
        let mut envelope = bench.signed(&job);
        "application/json".clone_into(&mut envelope.payload_type);
        envelope
    }),
    ("job.tenant_mismatch", false, |bench, mut job| {
        "org_01ARZ3NDEKTSV4RRFFQ69G5FAW".clone_into(&mut job.tenant_key);
        bench.signed(&job)
    }),
    ("job.expired", true, |bench, mut job| {
        job.not_after = Some(to_timestamp(in_hours(-1)));
        bench.signed(&job)
    }),
    ("job.not_yet_valid", true, |bench, mut job| {
        job.not_before = Some(to_timestamp(in_hours(1)));
        bench.signed(&job)
    }),
    ("job.malformed", true, |bench, mut job| {
        job.not_after = None;
        bench.signed(&job)
    }),
    ("job.out_of_scope", true, |bench, mut job| {
        let mut second = job.targets.clone();
        for target in &mut second {
            "127.0.22.9".clone_into(&mut target.host);
        }
        job.targets.extend(second);
        bench.signed(&job)
    }),
    ("job.out_of_scope", true, |bench, mut job| {
        for target in &mut job.targets {
            "1-65535".clone_into(&mut target.ports);
        }
        bench.signed(&job)
    }),
    ("job.wrong_pool", true, |bench, mut job| {
        "private".clone_into(&mut job.pool);
        bench.signed(&job)
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_not_in_order_is_refused_with_a_code_and_touches_nothing() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let site = Site::new([("/", Page::html("<title>Untouched</title>"))]);
    let target = serve_http("127.0.22.1:0".parse().unwrap(), site)
        .await
        .unwrap();
    let mut heard = bench.listen().await;
    let _worker = bench.worker(&[]).await;
    for (code, is_vouched_for, break_it) in CASES {
        let job = job_for("127.0.22.1", target.address().port(), &["port.open"]);
        let job_id = job.job_id.clone();
        bench.request(&break_it(&bench, job)).await;
        let failed: ScanFailed = next(&mut heard).await.unwrap();
        assert_eq!(failed.code, *code, "{}", failed.reason);
        assert_eq!(failed.attempt, 0);
        assert!(!failed.retryable);
        // Only what a trusted key vouches for may name a job.
        let named = if *is_vouched_for {
            job_id
        } else {
            String::new()
        };
        assert_eq!(failed.job_id, named, "{code}");
    }
    no_job_is_left(&bench).await;
    assert_eq!(bench.claims.load(Ordering::SeqCst), 0);
    assert_eq!(target.connections(), 0);
}
