//! What is lost on the way comes back: the database decides, the bus carries.
use wt_model::Role;
use wt_proto::event;
use wt_testkit::wait;

use crate::{
    calls::{applied, completed},
    fixture::{Fixture, PATIENCE, address, member, network, organization},
};

#[tokio::test]
async fn a_broker_that_lost_everything_is_told_again_and_the_run_completes() {
    let mut fixture = Fixture::start_with(&[("--silence-ms", "300")]).await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let first = ear.job().await;
    drop(ear);
    fixture.broker.wipe().await.unwrap();
    let mut ear = wait::until(PATIENCE, "the bus to be back", async || {
        fixture.bus.ensure_streams().await.ok()?;
        Some(fixture.listen().await)
    })
    .await;
    let again = ear.job().await;
    assert_eq!(again.job.job_id, first.job.job_id);

    // The announcement of its result is lost too.
    let attempt = fixture.claim(&again, "wrk_test").await.attempt;
    assert_eq!(attempt, 1, "a job dispatched twice was not yet claimed");
    fixture.say(tenant, &completed(&again, attempt)).await;
    let (_, one): (_, event::ScanAccepted) = ear.next().await;
    let (_, two): (_, event::ScanAccepted) = ear.next().await;
    assert_eq!((one.job_id, one.attempt), (two.job_id, two.attempt));
    assert!(
        !two.job_envelope.is_empty(),
        "results holds a result to its job"
    );
    fixture.say(tenant, &applied(&again, attempt)).await;
    fixture.run_is(&who, &run, "completed").await;
}

#[tokio::test]
async fn a_run_past_its_deadline_fails_with_a_reason_a_person_can_act_on() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    fixture
        .sql("update scan.runs set deadline_at = now()")
        .await
        .unwrap();
    let ended = fixture.run_is(&who, &run, "failed").await;
    assert!(
        ended.reason.contains("no worker took its jobs"),
        "{}",
        ended.reason
    );
    fixture.job_is(&taken, "failed").await;
    let notice = ear.cancel_notice().await;
    assert_eq!(notice.run_id, run);
}

#[tokio::test]
async fn a_run_that_fails_while_it_processes_leaves_no_job_behind() {
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
    fixture
        .sql("update scan.runs set deadline_at = now()")
        .await
        .unwrap();
    let ended = fixture.run_is(&who, &run, "failed").await;
    assert!(
        ended.reason.contains("check the results service"),
        "{}",
        ended.reason
    );
    fixture.job_is(&taken, "failed").await;
    // Results answers after all: too late to change how it ended.
    fixture.say(tenant, &applied(&taken, attempt)).await;
    fixture.all_is_handled().await;
    fixture.job_is(&taken, "failed").await;
}

#[tokio::test]
async fn a_job_left_over_from_a_run_that_ended_ends_and_is_not_said_for_ever() {
    let fixture = Fixture::start_with(&[("--silence-ms", "300")]).await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    // Two jobs: one reports, then the run is cancelled while the other waits.
    let networks = [network("192.0.2.0/26"), network("192.0.2.64/26")];
    fixture.may_scan(tenant, &networks, &[]);
    let run = fixture.run(&who).await;
    let (taken, other) = (ear.job().await, ear.job().await);
    let attempt = fixture.claim(&taken, "wrk_test").await.attempt;
    fixture.say(tenant, &completed(&taken, attempt)).await;
    fixture.job_is(&taken, "processing").await;
    fixture.cancel(&who, &run, "").await.unwrap();
    fixture.job_is(&other, "cancelled").await;
    fixture.job_is(&taken, "failed").await;
    assert_eq!(fixture.get(&who, &run).await.unwrap().state, "cancelled");
}
