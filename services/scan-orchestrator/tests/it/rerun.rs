//! Running the failed parts of a run again: exactly them, held to everything a run is held to.
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{Message, asset, results, scan};

use crate::{
    calls::{Ear, Taken, failed},
    fixture::{Fixture, code, member, network, organization},
};

fn of(run: &str) -> scan::RerunFailedRequest {
    scan::RerunFailedRequest {
        run_id: run.to_owned(),
        ..Default::default()
    }
}

/// A run of two jobs, of which the first brings a result and the second fails.
struct Half {
    run: String,
    assets: [asset::AuthorizedAsset; 2],
    failed: Taken,
}

async fn half(
    fixture: &Fixture,
    ear: &mut Ear,
    who: &Principal,
    tenant: TenantKey,
    plan: &str,
) -> Half {
    let assets = [network("192.0.2.0/26"), network("192.0.2.64/26")];
    fixture.may_scan(tenant, &assets, &[]);
    fixture.stands(tenant, plan, true);
    let run = fixture.run(who).await;
    let (done, lost) = (ear.job().await, ear.job().await);
    fixture.work_off(&done).await;
    fails(fixture, &lost).await;
    fixture.run_is(who, &run, "partial").await;
    Half {
        run,
        assets,
        failed: lost,
    }
}

async fn fails(fixture: &Fixture, taken: &Taken) {
    let attempt = fixture.claim(taken, "wrk_test").await.attempt;
    fixture.say(taken.tenant, &failed(taken, attempt)).await;
    fixture.job_is(taken, "failed").await;
}

#[tokio::test]
async fn exactly_the_failed_jobs_are_run_again_and_the_runs_know_each_other() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let Half { run, failed, .. } = half(&fixture, &mut ear, &who, tenant, "enterprise").await;

    let dry = scan::RerunFailedRequest {
        dry_run: true,
        ..of(&run)
    };
    let planned = fixture.rerun(&who, dry).await.unwrap();
    assert!(planned.run.is_none());
    assert_eq!((planned.hosts, planned.jobs), (64, 1));

    let keyed = scan::RerunFailedRequest {
        idempotency_key: "once".to_owned(),
        ..of(&run)
    };
    let begun = fixture.rerun(&who, keyed.clone()).await.unwrap();
    assert_eq!(begun.cells, planned.cells);
    let second = begun.run.unwrap();
    assert_eq!(second.repeats.as_ref().unwrap().id, run);
    let again = ear.job().await;
    assert_eq!(again.job.run_id, second.id);
    assert_ne!(again.job.job_id, failed.job.job_id);
    assert_eq!(again.job.targets, failed.job.targets);
    assert_eq!(again.job.checks, failed.job.checks);
    assert_eq!(again.job.scope, failed.job.scope);
    // Once more with the key is the same run, whatever became of it.
    let repeated = fixture.rerun(&who, keyed).await.unwrap();
    assert_eq!(repeated.run.unwrap().id, second.id);

    let first = fixture.get(&who, &run).await.unwrap();
    let by: Vec<_> = first.repeated_by.iter().map(|by| by.id.as_str()).collect();
    assert_eq!((by, first.repeats), (vec![second.id.as_str()], None));
    let shown = fixture.get(&who, &second.id).await.unwrap();
    let repeats = shown.repeats.unwrap();
    assert_eq!(
        (repeats.seq, repeats.state.as_str()),
        (first.seq, "partial")
    );
    let noted = "select count(*) from scan.audit where after->>'repeats' is not null";
    assert_eq!(fixture.number(noted).await, 1);
}

#[tokio::test]
async fn a_run_that_goes_on_or_brought_everything_has_nothing_to_run_again() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[network("192.0.2.0/26")], &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    let nothing = "run.nothing_to_rerun";
    assert_eq!(code(fixture.rerun(&who, of(&run)).await), nothing);
    fixture.work_off(&taken).await;
    fixture.run_is(&who, &run, "completed").await;
    assert_eq!(code(fixture.rerun(&who, of(&run)).await), nothing);
    let unknown = of("run_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_eq!(code(fixture.rerun(&who, unknown).await), "run.not_found");
    // Nobody else's, and of no viewer.
    let stranger = member(organization(), Role::Owner);
    assert_eq!(
        code(fixture.rerun(&stranger, of(&run)).await),
        "run.not_found"
    );
    let viewer = member(tenant, Role::Viewer);
    assert_eq!(
        code(fixture.rerun(&viewer, of(&run)).await),
        "auth.forbidden"
    );
}

#[tokio::test]
async fn proofs_are_asked_anew() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let Half { run, assets, .. } = half(&fixture, &mut ear, &who, tenant, "enterprise").await;
    let lost = asset::UnauthorizedAsset {
        asset_id: assets[1].asset_id.clone(),
        code: "asset.not_verified".to_owned(),
        reason: "the proof of 192.0.2.64/26 is over".to_owned(),
    };
    // The other asset may still be scanned, and is none of it.
    fixture.may_scan(tenant, &assets[..1], &[lost]);
    let refused = fixture.rerun(&who, of(&run)).await.unwrap_err();
    assert_eq!(refused.report().code, "run.nothing_authorized");
    assert!(refused.report().message.contains("is over"));
    let sql = "select count(*) from scan.runs";
    assert_eq!(fixture.number(sql).await, 1);
}

#[tokio::test]
async fn the_plans_interval_holds_for_what_is_run_again() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let Half { run, .. } = half(&fixture, &mut ear, &who, tenant, "free").await;
    let soon = fixture.rerun(&who, of(&run)).await;
    assert_eq!(code(soon), "plan.too_soon");
}

#[tokio::test]
async fn of_a_run_that_verifies_only_what_was_not_verified_is_asked_again() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let assets = [network("192.0.2.0/26"), network("192.0.2.64/26")];
    fixture.may_scan(tenant, &assets, &[]);
    let key = |nth: usize| format!("exp1_abcdefghijklmnopqrstuvwxy{nth}");
    let open = |nth: usize, host: &str| results::OpenCell {
        key: key(nth),
        asset_id: assets[nth].asset_id.clone(),
        host: host.to_owned(),
        transport: "tcp".to_owned(),
        port: 80,
        check_id: "port.open".to_owned(),
        ..Default::default()
    };
    let cells = vec![open(0, "192.0.2.1"), open(1, "192.0.2.65")];
    fixture.are_open(tenant, cells, &[]);
    let noted = results::RecordVerifyResponse { recorded: 1 };
    let noted = noted.encode_to_vec();
    fixture.results.answers(tenant, "RecordVerify", noted);
    let verify = scan::RequestRunRequest {
        kind: "verify".to_owned(),
        exposure_keys: vec![key(0), key(1)],
        ..Default::default()
    };
    let run = fixture.request(&who, verify).await.unwrap().run.unwrap().id;
    let (done, lost) = (ear.job().await, ear.job().await);
    fixture.work_off(&done).await;
    fails(&fixture, &lost).await;
    fixture.run_is(&who, &run, "partial").await;
    let begun = fixture.rerun(&who, of(&run)).await.unwrap().run.unwrap();
    assert_eq!(begun.kind, "verify");
    // The first is on 192.0.2.1.
    let left = usize::from(lost.job.known[0].host != "192.0.2.1");
    assert_eq!(begun.exposure_keys, [key(left)]);
}
