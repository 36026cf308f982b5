//! Requesting a run: what is planned, what is refused, and asking twice.
use wt_model::Role;
use wt_proto::{Message, asset, results, scan};

use crate::fixture::{Fixture, address, anything, code, member, organization};

fn unproven() -> asset::UnauthorizedAsset {
    asset::UnauthorizedAsset {
        asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        code: "asset.not_verified".to_owned(),
        reason: "ownership of 198.51.100.7 is not proven".to_owned(),
    }
}

#[tokio::test]
async fn a_dry_run_plans_and_writes_nothing() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(
        tenant,
        &[address("192.0.2.1"), address("192.0.2.2")],
        &[unproven()],
    );
    let request = scan::RequestRunRequest {
        dry_run: true,
        idempotency_key: "not used up by this".to_owned(),
        ..anything()
    };
    let planned = fixture.request(&who, request.clone()).await.unwrap();
    assert!(planned.run.is_none());
    assert_eq!((planned.hosts, planned.jobs), (2, 1));
    assert!(planned.cells > 0);
    assert_eq!(planned.refused[0].code, "asset.not_verified");
    let rows = "select (select count(*) from scan.runs) + (select count(*) from scan.jobs)
                     + (select count(*) from scan.outbox) + (select count(*) from scan.audit)
                     + (select count(*) from scan.transitions)";
    assert_eq!(fixture.number(rows).await, 0);

    let real = scan::RequestRunRequest {
        dry_run: false,
        ..request
    };
    let run = fixture.request(&who, real).await.unwrap();
    assert_eq!((run.hosts, run.jobs, run.cells), (2, 1, planned.cells));
    assert_eq!(run.refused, planned.refused);
    assert_eq!(run.run.unwrap().cells_planned, planned.cells);
}

#[tokio::test]
async fn the_same_key_is_the_same_run_and_another_body_is_refused() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[unproven()]);
    let keyed = scan::RequestRunRequest {
        idempotency_key: "a key".to_owned(),
        ..anything()
    };
    let first = fixture.request(&who, keyed.clone()).await.unwrap();
    let again = fixture.request(&who, keyed.clone()).await.unwrap();
    assert_eq!(again.run.unwrap().id, first.run.as_ref().unwrap().id);
    assert_eq!((again.jobs, again.cells), (first.jobs, first.cells));
    assert_eq!((again.hosts, again.refused), (1, first.refused));
    assert_eq!(fixture.runs(&who).await.unwrap().runs.len(), 1);
    let other = scan::RequestRunRequest {
        ports: "10".to_owned(),
        ..keyed
    };
    let refused = fixture.request(&who, other).await;
    assert_eq!(code(refused), "request.idempotency_key_reused");

    // Several at once, of which one wins.
    let raced = scan::RequestRunRequest {
        idempotency_key: "raced".to_owned(),
        ..anything()
    };
    let answers =
        futures::future::try_join_all((0..6).map(|_| fixture.request(&who, raced.clone())));
    let answers = answers.await.unwrap();
    let mut ids: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.run.unwrap().id)
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(fixture.runs(&who).await.unwrap().runs.len(), 2);
}

#[tokio::test]
async fn nothing_authorized_is_said_with_the_first_reason() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[], &[unproven()]);
    let refused = fixture.request(&who, anything()).await.unwrap_err();
    let report = refused.report();
    assert_eq!(report.code, "run.nothing_authorized");
    assert!(
        report.message.contains("198.51.100.7"),
        "{}",
        report.message
    );
    assert_eq!(fixture.number("select count(*) from scan.runs").await, 0);
}

#[tokio::test]
async fn what_makes_no_sense_names_its_field() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let bad = |field: &str, request: scan::RequestRunRequest| (field.to_owned(), request);
    for (field, request) in [
        bad(
            "kind",
            scan::RequestRunRequest {
                kind: "odd".to_owned(),
                ..anything()
            },
        ),
        bad(
            "profile",
            scan::RequestRunRequest {
                profile: "verify".to_owned(),
                ..anything()
            },
        ),
        bad(
            "policy",
            scan::RequestRunRequest {
                policy: "intrusive".to_owned(),
                ..anything()
            },
        ),
        bad(
            "ports",
            scan::RequestRunRequest {
                ports: "0".to_owned(),
                ..anything()
            },
        ),
        bad(
            "exposure_keys",
            scan::RequestRunRequest {
                kind: "verify".to_owned(),
                ..anything()
            },
        ),
        bad(
            "idempotency_key",
            scan::RequestRunRequest {
                idempotency_key: "k".repeat(129),
                ..anything()
            },
        ),
    ] {
        let refused = fixture.request(&who, request).await.unwrap_err();
        let fields: Vec<_> = refused
            .report()
            .fields
            .iter()
            .map(|f| f.field.clone())
            .collect();
        assert_eq!(fields, [field]);
    }
}

#[tokio::test]
async fn a_verify_run_asks_for_exactly_the_open_cells() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let asset = address("192.0.2.1");
    fixture.may_scan(tenant, std::slice::from_ref(&asset), &[]);
    let key = "exp1_abcdefghijklmnopqrstuvwxyz";
    let verify = scan::RequestRunRequest {
        kind: "verify".to_owned(),
        exposure_keys: vec![key.to_owned()],
        ..Default::default()
    };
    fixture.are_open(tenant, Vec::new(), &[key]);
    assert_eq!(
        code(fixture.request(&who, verify.clone()).await),
        "exposure.not_found"
    );

    let open = |check: &str| results::OpenCell {
        key: key.to_owned(),
        asset_id: asset.asset_id.clone(),
        host: asset.value.clone(),
        transport: "tcp".to_owned(),
        port: 80,
        check_id: check.to_owned(),
        ..Default::default()
    };
    // A check that was withdrawn is planned by nobody: there is nothing to run.
    fixture.are_open(tenant, vec![open("withdrawn.long_ago")], &[]);
    let refused = fixture.request(&who, verify.clone()).await.unwrap_err();
    assert_eq!(refused.report().code, "run.nothing_authorized");
    assert!(refused.report().message.contains("withdrawn.long_ago"));

    fixture.are_open(
        tenant,
        vec![open("port.open"), open("withdrawn.long_ago")],
        &[],
    );
    let noted = results::RecordVerifyResponse { recorded: 2 };
    fixture
        .results
        .answers(tenant, "RecordVerify", noted.encode_to_vec());
    let verify = scan::RequestRunRequest {
        exposure_keys: vec![key.to_owned(), "exp1_another0000000000000000000".to_owned()],
        ..verify
    };
    let answer = fixture.request(&who, verify).await.unwrap();
    assert_eq!((answer.hosts, answer.jobs, answer.cells), (1, 1, 1));
    assert_eq!(answer.refused[0].code, "check.not_run");
    assert_eq!(
        fixture.results.callers_of("RecordVerify").len(),
        1,
        "all at once"
    );
    let taken = ear.job().await;
    assert_eq!(taken.job.exposure_keys.len(), 2);
    assert_eq!((taken.job.known.len(), taken.job.checks.len()), (1, 1));
    assert_eq!(taken.job.targets[0].ports, "80");
}
