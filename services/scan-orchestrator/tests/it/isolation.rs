//! A second organization sees and touches nothing of the first; nobody does what their role
//! does not grant.
use wt_model::{Principal, Role};
use wt_proto::scan;

use crate::fixture::{Fixture, address, anything, code, member, organization};

const FORBIDDEN: &str = "auth.forbidden";

#[tokio::test]
async fn another_organization_sees_and_cancels_nothing_through_any_call() {
    let fixture = Fixture::start().await;
    let (tenant, other) = (organization(), organization());
    let (who, stranger) = (member(tenant, Role::Owner), member(other, Role::Owner));
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    fixture.may_scan(other, &[], &[]);
    let run = fixture.run(&who).await;

    assert!(fixture.runs(&stranger).await.unwrap().runs.is_empty());
    assert_eq!(code(fixture.get(&stranger, &run).await), "run.not_found");
    assert_eq!(code(fixture.jobs(&stranger, &run).await), "run.not_found");
    let steps = fixture.transitions(&stranger, &run).await;
    assert_eq!(code(steps), "run.not_found");
    let cancelled = fixture.cancel(&stranger, &run, "mine now").await;
    assert_eq!(code(cancelled), "run.not_found");
    let requested = fixture.request(&stranger, anything()).await;
    assert_eq!(code(requested), "run.nothing_authorized");

    // One key of two organizations is two keys.
    fixture.may_scan(other, &[address("192.0.2.9")], &[]);
    let keyed = scan::RequestRunRequest {
        idempotency_key: "the same".to_owned(),
        ..anything()
    };
    let mine = fixture.request(&who, keyed.clone()).await.unwrap();
    let theirs = fixture.request(&stranger, keyed).await.unwrap();
    assert_ne!(mine.run.unwrap().id, theirs.run.unwrap().id);
    assert_eq!(fixture.runs(&stranger).await.unwrap().runs.len(), 1);
    assert_eq!(fixture.get(&who, &run).await.unwrap().state, "queued");
}

#[tokio::test]
async fn every_call_needs_its_permission() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let run = fixture.run(&member(tenant, Role::Operator)).await;
    let viewer = member(tenant, Role::Viewer);
    let nobody = {
        let mut nobody: Principal = viewer.clone();
        nobody.roles.clear();
        nobody
    };
    assert_eq!(code(fixture.request(&viewer, anything()).await), FORBIDDEN);
    let verify = scan::RequestRunRequest {
        kind: "verify".to_owned(),
        exposure_keys: vec!["exp1_abcdefghijklmnopqrstuvwxyz".to_owned()],
        ..Default::default()
    };
    assert_eq!(code(fixture.request(&viewer, verify).await), FORBIDDEN);
    assert_eq!(code(fixture.cancel(&viewer, &run, "").await), FORBIDDEN);
    // Nor does a bad request tell them more.
    let long = "because ".repeat(100);
    assert_eq!(code(fixture.cancel(&viewer, &run, &long).await), FORBIDDEN);
    assert_eq!(fixture.get(&viewer, &run).await.unwrap().state, "queued");
    let jobs = fixture.jobs(&viewer, &run).await.unwrap().jobs;
    let looked_at = fixture.get(&viewer, &run).await.unwrap().asset_ids;
    assert_eq!((jobs.len(), looked_at.len()), (1, 1));
    assert_eq!(jobs[0].asset_ids, looked_at);

    assert_eq!(code(fixture.get(&nobody, &run).await), FORBIDDEN);
    assert_eq!(code(fixture.runs(&nobody).await), FORBIDDEN);
    assert_eq!(code(fixture.jobs(&nobody, &run).await), FORBIDDEN);
    assert_eq!(code(fixture.transitions(&nobody, &run).await), FORBIDDEN);
}
