//! Cancelling, at every time it may be asked for.
use wt_model::Role;

use crate::{
    calls::completed,
    fixture::{Fixture, address, code, member, organization},
};

#[tokio::test]
async fn a_run_under_way_is_cancelled_and_its_workers_are_told() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    let attempt = fixture.claim(&taken, "wrk_test").await.attempt;
    let answer = fixture.cancel(&who, &run, "wrong week").await.unwrap();
    let ended = answer.run.unwrap();
    assert_eq!(
        (ended.state.as_str(), ended.reason.as_str()),
        ("cancelled", "wrong week")
    );
    let notice = ear.cancel_notice().await;
    assert_eq!(
        (notice.run_id, notice.tenant_key),
        (run.clone(), tenant.to_string())
    );

    // Its worker did not hear of it and reports all the same.
    fixture.say(tenant, &completed(&taken, attempt)).await;
    fixture.all_is_handled().await;
    fixture.job_is(&taken, "cancelled").await;
    assert_eq!(
        fixture.claim(&taken, "wrk_test").await.code,
        "job.cancelled"
    );
    // Again is no fault: it is over either way.
    let again = fixture.cancel(&who, &run, "").await.unwrap();
    assert_eq!(again.run.unwrap().reason, "wrong week");
    let audited = "select count(*) from scan.audit where action = 'run.cancel'";
    assert_eq!(fixture.number(audited).await, 1);
}

#[tokio::test]
async fn a_run_nobody_took_yet_is_cancelled() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let answer = fixture.cancel(&who, &run, "").await.unwrap();
    assert_eq!(answer.run.unwrap().reason, "cancelled on request");
    let taken = ear.job().await;
    assert_eq!(
        fixture.claim(&taken, "wrk_test").await.code,
        "job.cancelled"
    );
}

#[tokio::test]
async fn a_finished_run_can_no_longer_be_cancelled() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    let attempt = fixture.claim(&taken, "wrk_test").await.attempt;
    fixture.say(tenant, &completed(&taken, attempt)).await;
    fixture.run_is(&who, &run, "processing").await;
    let refused = fixture.cancel(&who, &run, "too late").await;
    assert_eq!(code(refused), "run.not_cancellable");
    fixture.job_is(&taken, "processing").await;
}
