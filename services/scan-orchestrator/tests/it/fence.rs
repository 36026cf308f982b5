//! Only legal steps, only the newest attempt, each piece of news once.
use wt_model::Role;
use wt_proto::{event, subject::EventPayload};

use crate::{
    calls::{applied, completed, failed, message},
    fixture::{Fixture, address, member, organization},
};

#[tokio::test]
async fn the_database_refuses_a_step_the_contract_does_not_know() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    fixture.run(&who).await;
    for sql in [
        "update scan.runs set state = 'completed'",
        "update scan.runs set state = 'created'",
        "update scan.jobs set state = 'completed'",
        "update scan.jobs set state = 'processing'",
        "insert into scan.runs (tenant_key, id, seq, kind, profile, policy, state, asset_ids,
             requested_by, jobs_total, cells_planned, deadline_at)
         values ('org_x', 'run_x', 1, 'on_demand', 'baseline', 'safe', 'running', '{}', 'x', 1, 1,
             now())",
    ] {
        let refused = fixture.sql(sql).await.unwrap_err();
        let told = refused.as_database_error().unwrap();
        assert_eq!(told.code().as_deref(), Some("23514"), "{sql}");
        let name = told.constraint().unwrap();
        assert!(
            name.ends_with("_transition") || name == "job_fence",
            "{sql}"
        );
    }
}

#[tokio::test]
async fn the_database_itself_is_a_fence() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    fixture.run(&member(tenant, Role::Operator)).await;
    let taken = ear.job().await;
    assert!(fixture.claim(&taken, "wrk_test").await.granted);
    for sql in [
        "update scan.jobs set attempt = attempt + 2",
        "update scan.jobs set attempt = attempt - 1",
        "update scan.jobs set attempt = attempt + 1, state = 'queued'",
        "update scan.jobs set state = 'processing'",
        "update scan.jobs set state = 'processing', reported_attempt = attempt - 1",
        "update scan.jobs set accepted = 'x'",
        "update scan.jobs set envelope = 'another'",
        "update scan.jobs set authorization_ids = '{}'",
    ] {
        let refused = fixture.sql(sql).await.unwrap_err();
        let told = refused.as_database_error().unwrap();
        assert_eq!(told.constraint(), Some("job_fence"), "{sql}");
    }
    fixture
        .sql("update scan.jobs set state = 'failed'")
        .await
        .unwrap();
    let refused = fixture.sql("update scan.jobs set reason = 'another'").await;
    let told = refused.unwrap_err();
    let told = told.as_database_error().unwrap();
    assert_eq!(told.constraint(), Some("job_fence"), "what ended is kept");
}

#[tokio::test]
async fn a_run_goes_from_request_to_completed_and_every_step_is_on_record() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    assert_eq!(
        (taken.job.run_id.as_str(), taken.tenant),
        (run.as_str(), tenant)
    );
    assert_eq!(taken.job.run_seq, 1);
    fixture.work_off(&taken).await;
    let ended = fixture.run_is(&who, &run, "completed").await;
    assert_eq!((ended.jobs_done, ended.jobs_failed), (1, 0));
    assert_eq!(ended.cells_settled, ended.cells_planned);
    let steps = fixture.transitions(&who, &run).await.unwrap().transitions;
    let steps: Vec<_> = steps
        .iter()
        .map(|step| (step.job_id.is_empty(), step.to_state.as_str()))
        .collect();
    assert_eq!(
        steps,
        [
            (true, "created"),
            (true, "queued"),
            (false, "running"),
            (true, "running"),
            (false, "processing"),
            (true, "processing"),
            (false, "completed"),
            (true, "completed"),
        ]
    );
}

#[tokio::test]
async fn what_an_old_attempt_says_is_ignored() {
    let fixture = Fixture::start_with(&[("--lease-ms", "1")]).await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    assert_eq!(fixture.claim(&taken, "wrk_zombie").await.attempt, 1);
    // The lease of a millisecond is over: another worker takes the job.
    assert_eq!(fixture.claim(&taken, "wrk_second").await.attempt, 2);

    fixture.say(tenant, &failed(&taken, 1)).await;
    fixture.say(tenant, &completed(&taken, 1)).await;
    fixture.say(tenant, &applied(&taken, 1)).await;
    fixture.all_is_handled().await;
    fixture.job_is(&taken, "running").await;

    fixture.say(tenant, &completed(&taken, 2)).await;
    let (_, accepted): (_, event::ScanAccepted) = ear.next().await;
    assert_eq!(accepted.attempt, 2);
    fixture.say(tenant, &applied(&taken, 1)).await;
    fixture.all_is_handled().await;
    fixture.job_is(&taken, "processing").await;
    fixture.say(tenant, &applied(&taken, 2)).await;
    fixture.run_is(&who, &run, "completed").await;

    let counted = fixture.metrics();
    for line in [
        "wt_orchestrator_attempts_total 2",
        "wt_orchestrator_dispatch_seconds_count 1",
        "wt_orchestrator_fence_refusals_total{what=\"completed\"} 1",
        "wt_orchestrator_fence_refusals_total{what=\"failed\"} 1",
        "wt_orchestrator_fence_refusals_total{what=\"applied\"} 2",
        "wt_orchestrator_jobs{state=\"running\"}",
    ] {
        assert!(counted.contains(line), "{line} in {counted}");
    }
}

#[tokio::test]
async fn a_job_somebody_holds_is_not_handed_out_twice() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    fixture.run(&member(tenant, Role::Operator)).await;
    let taken = ear.job().await;
    assert!(fixture.claim(&taken, "wrk_first").await.granted);
    assert_eq!(fixture.claim(&taken, "wrk_second").await.code, "job.leased");
    let mut stranger = taken.clone();
    stranger.tenant = organization();
    assert_eq!(
        fixture.claim(&stranger, "wrk_second").await.code,
        "job.unknown"
    );
}

#[tokio::test]
async fn attempts_run_out_and_the_run_fails_with_a_reason() {
    let fixture = Fixture::start_with(&[("--lease-ms", "1")]).await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    for attempt in 1..=taken.job.attempt_ceiling {
        assert_eq!(fixture.claim(&taken, "wrk_test").await.attempt, attempt);
    }
    let last = fixture.claim(&taken, "wrk_test").await;
    assert_eq!(last.code, "job.attempts_exhausted");
    let ended = fixture.run_is(&who, &run, "failed").await;
    assert_eq!(ended.reason, "1 of 1 jobs brought no result");
    assert_eq!(fixture.claim(&taken, "wrk_test").await.code, "job.finished");
}

#[tokio::test]
async fn news_delivered_twice_has_one_effect() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1"), address("192.0.2.2")], &[]);
    let whole = fixture.run(&who).await;
    let taken = ear.job().await;
    let attempt = fixture.claim(&taken, "wrk_test").await.attempt;
    let report = message(tenant, &completed(&taken, attempt));
    let answer = message(tenant, &applied(&taken, attempt));
    // The same message twice, and the same thing said in another message.
    for _ in 0..2 {
        fixture.publish(&report, event::ScanCompleted::TYPE).await;
    }
    fixture.say(tenant, &completed(&taken, attempt)).await;
    fixture.job_is(&taken, "processing").await;
    for _ in 0..2 {
        fixture.publish(&answer, event::ScanApplied::TYPE).await;
    }
    fixture.run_is(&who, &whole, "completed").await;
    fixture.say(tenant, &applied(&taken, attempt)).await;
    fixture.say(tenant, &failed(&taken, attempt)).await;
    fixture.all_is_handled().await;

    let broken = fixture.run(&who).await;
    let second = ear.job().await;
    let attempt = fixture.claim(&second, "wrk_test").await.attempt;
    let end = message(tenant, &failed(&second, attempt));
    for _ in 0..2 {
        fixture.publish(&end, event::ScanFailed::TYPE).await;
    }
    fixture.run_is(&who, &broken, "failed").await;
    fixture.all_is_handled().await;

    assert_eq!(fixture.get(&who, &whole).await.unwrap().state, "completed");
    for (subject, count) in [("scan.accepted", 1), ("run.changed", 5 + 5)] {
        let mut connection = fixture.database.superuser().await.unwrap();
        let said: i64 = sqlx::query_scalar("select count(*) from scan.outbox where subject = $1")
            .bind(subject)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(said, count, "{subject}");
    }
    let steps = fixture.transitions(&who, &whole).await.unwrap().transitions;
    assert_eq!(steps.len(), 8);
}
