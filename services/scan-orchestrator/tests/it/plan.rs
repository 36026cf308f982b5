//! What the plan of whoever pays lets begin: how often, how intrusive, and nothing while unpaid.
use futures::future::join_all;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{asset, results, scan};

use crate::fixture::{Fixture, address, anything, code, member, organization};

/// An organization on a plan, with these assets, and somebody who asks for runs.
fn on(fixture: &Fixture, plan: &str, assets: &[asset::AuthorizedAsset]) -> (TenantKey, Principal) {
    let tenant = organization();
    fixture.may_scan(tenant, assets, &[]);
    fixture.stands(tenant, plan, true);
    (tenant, member(tenant, Role::Operator))
}

fn named(asset: &asset::AuthorizedAsset) -> scan::RequestRunRequest {
    scan::RequestRunRequest {
        asset_ids: vec![asset.asset_id.clone()],
        ..anything()
    }
}

/// Lets results know of one open cell of a check, and gives the request that verifies it.
fn open_and_verified(
    fixture: &Fixture,
    tenant: TenantKey,
    asset: &asset::AuthorizedAsset,
    check: &str,
) -> scan::RequestRunRequest {
    const KEY: &str = "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let open = results::OpenCell {
        key: KEY.to_owned(),
        asset_id: asset.asset_id.clone(),
        host: "192.0.2.1".to_owned(),
        transport: "tcp".to_owned(),
        port: 9,
        check_id: check.to_owned(),
        ..Default::default()
    };
    fixture.are_open(tenant, vec![open], &[]);
    scan::RequestRunRequest {
        kind: "verify".to_owned(),
        exposure_keys: vec![KEY.to_owned()],
        ..Default::default()
    }
}

#[tokio::test]
async fn of_a_hundred_requests_at_once_one_begins_within_the_interval() {
    let fixture = Fixture::start().await;
    let here = address("192.0.2.1");
    let (_, who) = on(&fixture, "team", std::slice::from_ref(&here));
    let asks = (0..100).map(|_| fixture.request(&who, named(&here)));
    let (begun, refused): (Vec<_>, Vec<_>) =
        join_all(asks).await.into_iter().partition(Result::is_ok);
    assert_eq!((begun.len(), refused.len()), (1, 99));
    for answer in refused {
        let fault = answer.unwrap_err();
        assert_eq!(fault.report().code, "plan.too_soon");
        // A day, but for what passed meanwhile.
        let wait = fault.report().retry_after_ms.unwrap();
        assert!((86_000_000..=86_401_000).contains(&wait), "{wait}");
    }
    assert_eq!(fixture.number("select count(*) from scan.runs").await, 1);
}

#[tokio::test]
async fn who_asks_for_everything_gets_what_may_be_scanned_now() {
    let fixture = Fixture::start().await;
    let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
    let (tenant, who) = on(&fixture, "team", std::slice::from_ref(&one));
    fixture.request(&who, named(&one)).await.unwrap();
    fixture.may_scan(tenant, &[one.clone(), other.clone()], &[]);
    fixture.stands(tenant, "team", true);
    let answer = fixture.request(&who, anything()).await.unwrap();
    assert_eq!(answer.run.unwrap().asset_ids, [other.asset_id]);
    assert_eq!(answer.refused[0].asset_id, one.asset_id);
    assert_eq!(answer.refused[0].code, "plan.too_soon");
    // Now both have to wait.
    let refused = fixture.request(&who, anything()).await;
    assert_eq!(code(refused), "plan.too_soon");
}

#[tokio::test]
async fn a_run_that_failed_or_never_began_is_not_counted() {
    let fixture = Fixture::start().await;
    let here = address("192.0.2.1");
    let (_, who) = on(&fixture, "team", std::slice::from_ref(&here));
    let first = fixture.request(&who, named(&here)).await.unwrap();
    let first = first.run.unwrap().id;
    fixture.cancel(&who, &first, "not now").await.unwrap();
    let second = fixture.request(&who, named(&here)).await;
    second.unwrap();
    assert_eq!(
        code(fixture.request(&who, named(&here)).await),
        "plan.too_soon"
    );
    let longer_ago = "update scan.runs set created_at = now() - interval '1 day 1 second'";
    fixture.sql(longer_ago).await.unwrap();
    fixture.request(&who, named(&here)).await.unwrap();
}

#[tokio::test]
async fn verifying_a_fix_is_not_counted_and_unpaid_organizations_scan_nothing() {
    let fixture = Fixture::start().await;
    let here = address("192.0.2.1");
    let (tenant, who) = on(&fixture, "free", std::slice::from_ref(&here));
    fixture.request(&who, named(&here)).await.unwrap();
    let verify = open_and_verified(&fixture, tenant, &here, "port.open");
    for _ in 0..2 {
        fixture.request(&who, verify.clone()).await.unwrap();
    }

    let unpaid = organization();
    fixture.may_scan(unpaid, &[address("192.0.2.9")], &[]);
    fixture.stands(unpaid, "team", false);
    let who = member(unpaid, Role::Operator);
    for request in [anything(), verify] {
        let refused = fixture.request(&who, request).await;
        assert_eq!(code(refused), "plan.scanning_paused");
    }
    // Reading never locks.
    assert!(fixture.runs(&who).await.unwrap().runs.is_empty());
}

/// Ids of the templates that a job names as checks: those that are none of the engine's own.
fn templates_of(job: &scan::Job) -> Vec<&str> {
    let own = wt_engine::check::catalogue();
    let ids = job.checks.iter().map(|check| check.id.as_str());
    ids.filter(|id| own.iter().all(|check| check.id != *id))
        .collect()
}

#[tokio::test]
async fn templates_are_checks_of_deep_scans_and_of_verifying_what_they_found() {
    let fixture = Fixture::start().await;
    let here = address("192.0.2.1");
    let (tenant, who) = on(&fixture, "enterprise", std::slice::from_ref(&here));
    let mut ear = fixture.listen().await;
    let mut digests = Vec::new();
    for (profile, runs_templates) in [("fast_recheck", false), ("baseline", false), ("deep", true)]
    {
        let request = scan::RequestRunRequest {
            profile: profile.to_owned(),
            ..named(&here)
        };
        fixture.request(&who, request).await.unwrap();
        let job = ear.job().await.job;
        assert_eq!(!templates_of(&job).is_empty(), runs_templates, "{profile}");
        digests.push(job.check_set_digest);
        let longer_ago = "update scan.runs set created_at = now() - interval '2 days'";
        fixture.sql(longer_ago).await.unwrap();
    }
    assert_ne!(digests[0], wt_engine::check::check_set_digest());

    let verify = open_and_verified(&fixture, tenant, &here, "netrc-exposed");
    let answer = fixture.request(&who, verify).await.unwrap();
    assert!(answer.refused.is_empty(), "{:?}", answer.refused);
    let job = ear.job().await.job;
    assert_eq!(templates_of(&job), ["netrc-exposed"]);
    assert_eq!(job.known.len(), 1);
}

#[tokio::test]
async fn an_operators_templates_run_beside_our_own() {
    let folder = tempfile::tempdir().unwrap();
    let text = "id: mine\ninfo: {name: Mine, severity: low, author: a}\nhttp:\n  \
                - path: ['{{BaseURL}}/x']\n    matchers: [{type: word, words: [y]}]\n";
    std::fs::write(folder.path().join("mine.yaml"), text).unwrap();
    let templates = folder.path().display().to_string();
    let unsigned = [
        ("--templates", templates.as_str()),
        ("--templates-unsigned", "true"),
    ];
    let fixture = Fixture::start_with(&unsigned).await;
    let here = address("192.0.2.1");
    let (_, who) = on(&fixture, "enterprise", std::slice::from_ref(&here));
    let mut ear = fixture.listen().await;
    let request = scan::RequestRunRequest {
        profile: "deep".to_owned(),
        ..named(&here)
    };
    fixture.request(&who, request).await.unwrap();
    assert!(templates_of(&ear.job().await.job).contains(&"mine"));
}
