//! What the platform's staff see and do where scans do not go on.
use wt_model::{Principal, Role};
use wt_proto::scan;

use crate::{
    fixture::{Fixture, address, code, member, network, organization},
    staff::{long_ago, staff},
};

/// So long that nothing is dispatched again but by hand.
const PATIENT: [(&str, &str); 1] = [("--silence-ms", "3600000")];

async fn only_stuck(fixture: &Fixture, who: &Principal) -> scan::StuckRun {
    let mut runs = fixture.stuck(who).await.unwrap();
    assert_eq!(runs.len(), 1);
    runs.remove(0)
}

#[tokio::test]
async fn nobody_but_staff_in_their_own_name_is_told_anything() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let owner = member(tenant, Role::Owner);
    let mut eyes = staff(tenant);
    eyes.act = Some(wt_model::Actor {
        sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap(),
    });
    let mut key = staff(tenant);
    key.kind = wt_model::PrincipalKind::ApiKey;
    for (who, refusal) in [
        (&owner, "auth.forbidden"),
        (&key, "auth.forbidden"),
        (&eyes, "auth.impersonating"),
    ] {
        assert_eq!(code(fixture.queue(who).await), refusal);
        assert_eq!(code(fixture.stuck(who).await), refusal);
        let run = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        assert_eq!(code(fixture.dispatch_stuck(who, run).await), refusal);
        assert_eq!(code(fixture.cancel_stuck(who, run, "why").await), refusal);
        assert_eq!(code(fixture.letters(who, "").await), refusal);
        assert_eq!(code(fixture.letter(who, 1).await), refusal);
        assert_eq!(code(fixture.redrive(who, 1, "").await), refusal);
        let reason = "because of that";
        assert_eq!(code(fixture.discard(who, 1, reason).await), refusal);
    }
}

#[tokio::test]
async fn the_queue_shows_whose_jobs_wait_and_who_works() {
    let fixture = Fixture::start_with(&PATIENT).await;
    let mut ear = fixture.listen().await;
    let (one, two) = (organization(), organization());
    fixture.may_scan(
        one,
        &[network("192.0.2.0/26"), network("192.0.2.64/26")],
        &[],
    );
    fixture.may_scan(two, &[address("192.0.2.200")], &[]);
    fixture.run(&member(one, Role::Operator)).await;
    let first = ear.job().await;
    fixture.run(&member(two, Role::Operator)).await;
    fixture.claim(&first, "wrk_test").await;

    let queue = fixture.queue(&staff(two)).await.unwrap();
    let counted: Vec<_> = queue
        .organizations
        .iter()
        .map(|each| (each.tenant_key.clone(), each.waiting, each.running))
        .collect();
    assert!(counted.contains(&(one.to_string(), 1, 1)), "{counted:?}");
    assert!(counted.contains(&(two.to_string(), 1, 0)), "{counted:?}");
    let worker = queue.workers.first().unwrap();
    assert_eq!((worker.worker_id.as_str(), worker.jobs), ("wrk_test", 1));
    assert_eq!(worker.pool, "shared");
    let reader = |name: &str| {
        let mut all = queue.consumers.iter();
        all.find(|each| each.consumer == name).unwrap().clone()
    };
    assert!(reader("orchestrator-scan-events").is_there);
    // Nothing of this fixture is a worker.
    assert!(!reader("scan-workers-shared").is_there);
    assert_eq!((queue.stuck_runs, queue.dead_letters), (0, 0));
}

#[tokio::test]
async fn a_silent_workers_run_is_stuck_and_sent_again_once() {
    let fixture = Fixture::start_with(&PATIENT).await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let staff = staff(organization());
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    fixture.claim(&taken, "wrk_test").await;
    assert!(fixture.stuck(&staff).await.unwrap().is_empty());
    // Under way: left to its worker.
    let left = fixture.dispatch_stuck(&staff, &run).await.unwrap();
    assert_eq!((left.dispatched, left.left_alone), (0, 1));

    long_ago(&fixture).await;
    let stuck = only_stuck(&fixture, &staff).await;
    assert_eq!(
        (stuck.run_id.as_str(), stuck.problem.as_str()),
        (run.as_str(), "worker_silent")
    );
    assert_eq!((stuck.jobs_running, stuck.jobs_silent), (1, 1));
    assert_eq!(stuck.may, ["dispatch", "cancel"]);
    assert_eq!(stuck.tenant_key, tenant.to_string());
    let sent = fixture.dispatch_stuck(&staff, &run).await.unwrap();
    assert_eq!((sent.dispatched, sent.left_alone), (1, 0));
    assert_eq!(ear.job().await.job.job_id, taken.job.job_id);
    let again = fixture.dispatch_stuck(&staff, &run).await.unwrap();
    assert_eq!((again.dispatched, again.left_alone), (0, 1));
    // Another worker goes on, as attempt two; and the deed stands in the organization's audit.
    assert_eq!(fixture.claim(&taken, "wrk_other").await.attempt, 2);
    let told = fixture.audit_of(tenant, "run.dispatch").await;
    assert_eq!(told, [(staff.sub.clone(), run)]);
}

#[tokio::test]
async fn a_run_nobody_takes_is_stuck_and_cancelled_in_the_name_of_staff() {
    let fixture = Fixture::start_with(&PATIENT).await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let staff = staff(organization());
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    long_ago(&fixture).await;
    let stuck = only_stuck(&fixture, &staff).await;
    assert_eq!(stuck.problem, "not_taken");
    assert!(stuck.reason.contains("no worker took"), "{}", stuck.reason);
    let ended = fixture.cancel_stuck(&staff, &run, "no workers today").await;
    assert_eq!(ended.unwrap().state, "cancelled");
    assert_eq!(
        fixture.get(&who, &run).await.unwrap().reason,
        "no workers today"
    );
    let told = fixture.audit_of(tenant, "run.cancel").await;
    assert_eq!(told, [(staff.sub.clone(), run.clone())]);
    assert!(fixture.stuck(&staff).await.unwrap().is_empty());
    let again = fixture.cancel_stuck(&staff, &run, "once more").await;
    assert_eq!(code(again), "run.not_found");
}

#[tokio::test]
async fn a_page_of_stuck_runs_leads_to_the_next() {
    let fixture = Fixture::start_with(&PATIENT).await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let staff = staff(tenant);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let runs = [fixture.run(&who).await, fixture.run(&who).await];
    long_ago(&fixture).await;
    let first = fixture.stuck_page(&staff, "").await.unwrap();
    assert_eq!(first.runs[0].run_id, runs[0]);
    let second = fixture
        .stuck_page(&staff, &first.next_cursor)
        .await
        .unwrap();
    assert_eq!(second.runs[0].run_id, runs[1]);
    assert_eq!(second.next_cursor, "");
}
