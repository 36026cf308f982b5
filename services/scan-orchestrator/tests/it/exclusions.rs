//! What is never scanned: not planned, named in every signed job, and told to whoever asks.
use wt_model::Role;
use wt_proto::{results, scan};

use crate::fixture::{Fixture, address, anything, code, member, network, organization};

fn of(all: &[(&str, &str)]) -> scan::ScanExclusions {
    let all = all.iter().map(|(what, reason)| scan::ScanExclusion {
        what: (*what).to_owned(),
        reason: (*reason).to_owned(),
    });
    scan::ScanExclusions {
        exclusions: all.collect(),
        version: 0,
    }
}

#[tokio::test]
async fn a_run_plans_nothing_that_is_excluded_and_its_jobs_name_it() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let [admin, who] = [Role::Admin, Role::Operator].map(|role| member(tenant, role));
    let (wide, alone) = (network("192.0.2.0/30"), address("198.51.100.7"));
    fixture.may_scan(tenant, &[wide.clone(), alone.clone()], &[]);
    let excluded = of(&[
        ("192.0.2.2", ""),
        ("198.51.100.0/24", "the hoster's"),
        ("port:25", ""),
    ]);
    fixture.put_exclusions(&admin, excluded).await.unwrap();
    let mut jobs = fixture.listen().await;
    let asked = scan::RequestRunRequest {
        ports: "22,25".to_owned(),
        ..anything()
    };
    let answer = fixture.request(&who, asked.clone()).await.unwrap();
    assert_eq!(answer.run.unwrap().asset_ids, [wide.asset_id]);
    assert_eq!(answer.refused.len(), 1);
    let told = &answer.refused[0];
    assert_eq!(
        (told.asset_id.as_str(), told.code.as_str()),
        (alone.asset_id.as_str(), "asset.excluded")
    );
    let why = "198.51.100.7 is excluded from scans: the hoster's";
    assert_eq!(told.reason, why);

    let job = jobs.job().await.job;
    let scope = job.scope.unwrap();
    assert_eq!(
        scope.exclusions,
        ["192.0.2.2", "198.51.100.0/24", "port:25"]
    );
    assert_eq!(scope.ports, "22");
    let mut hosts: Vec<&str> = job
        .targets
        .iter()
        .map(|target| target.host.as_str())
        .collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["192.0.2.0", "192.0.2.1", "192.0.2.3"]);
    assert!(job.targets.iter().all(|target| target.ports == "22"));

    let only = scan::RequestRunRequest {
        asset_ids: vec![alone.asset_id.clone()],
        ..asked
    };
    fixture.may_scan(tenant, std::slice::from_ref(&alone), &[]);
    let fault = fixture.request(&who, only).await.unwrap_err();
    assert_eq!(fault.report().code, "run.nothing_authorized");
    assert!(
        fault.report().message.contains(why),
        "{}",
        fault.report().message
    );
}

#[tokio::test]
async fn what_is_excluded_is_not_verified_and_stays_as_it_is() {
    let fixture = Fixture::start().await;
    let here = address("192.0.2.1");
    let tenant = organization();
    fixture.may_scan(tenant, std::slice::from_ref(&here), &[]);
    let key = |last: &str| format!("exp1_aaaaaaaaaaaaaaaaaaaaaaaaa{last}");
    let open = |last: &str, port| results::OpenCell {
        key: key(last),
        asset_id: here.asset_id.clone(),
        host: "192.0.2.1".to_owned(),
        transport: "tcp".to_owned(),
        port,
        check_id: "port.open".to_owned(),
        ..Default::default()
    };
    fixture.are_open(tenant, vec![open("a", 9), open("b", 10)], &[]);
    let admin = member(tenant, Role::Admin);
    fixture
        .put_exclusions(&admin, of(&[("port:9", "")]))
        .await
        .unwrap();
    let verify = scan::RequestRunRequest {
        kind: "verify".to_owned(),
        exposure_keys: vec![key("a"), key("b")],
        ..Default::default()
    };
    let mut jobs = fixture.listen().await;
    let answer = fixture.request(&admin, verify.clone()).await.unwrap();
    assert_eq!((answer.cells, answer.refused.len()), (1, 1));
    assert_eq!(
        answer.refused[0].reason,
        "port 9 of 192.0.2.1 is excluded from scans"
    );
    let job = jobs.job().await.job;
    assert_eq!(job.known.len(), 1);
    assert_eq!(job.known[0].port, 10);

    fixture
        .put_exclusions(&admin, of(&[("192.0.2.1", "")]))
        .await
        .unwrap();
    let refused = fixture.request(&admin, verify).await;
    assert_eq!(code(refused), "run.nothing_authorized");
}

#[tokio::test]
async fn exclusions_are_read_by_members_and_replaced_by_admins_who_read_the_newest() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let [admin, operator, viewer] =
        [Role::Admin, Role::Operator, Role::Viewer].map(|role| member(tenant, role));
    let none = fixture.exclusions(&viewer).await.unwrap();
    assert_eq!((none.exclusions.len(), none.version), (0, 1));
    let wanted = of(&[("www.example.com", "fragile")]);
    let refused = fixture.put_exclusions(&operator, wanted.clone()).await;
    assert_eq!(code(refused), "auth.forbidden");

    let first = scan::ScanExclusions {
        version: 1,
        ..wanted.clone()
    };
    let put = fixture.put_exclusions(&admin, first.clone()).await.unwrap();
    assert_eq!((&put.exclusions, put.version), (&wanted.exclusions, 2));
    assert_eq!(fixture.exclusions(&viewer).await.unwrap(), put);
    let stale = fixture.put_exclusions(&admin, first).await;
    assert_eq!(code(stale), "request.stale");

    let fault = fixture
        .put_exclusions(&admin, of(&[("192.0.2.1/24", "")]))
        .await
        .unwrap_err();
    assert_eq!(fault.report().code, "request.invalid_field");
    assert_eq!(fault.report().fields[0].field, "exclusions.0.what");

    let changes = "select count(*) from scan.audit where action = 'scan_exclusions.change'";
    assert_eq!(fixture.number(changes).await, 1);
    let stranger = member(organization(), Role::Owner);
    assert!(
        fixture
            .exclusions(&stranger)
            .await
            .unwrap()
            .exclusions
            .is_empty()
    );
}
