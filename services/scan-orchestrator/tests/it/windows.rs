//! When assets may be scanned: a run asks for what is open, and no job outlasts its window.
use time::{Duration, OffsetDateTime};
use wt_model::{Principal, Role};
use wt_proto::{asset, convert::from_timestamp, results, scan};

use crate::fixture::{Fixture, address, anything, code, member, organization};

const EVERY_DAY: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A rule in UTC between two times that are less than a day apart, on every day.
fn daily(kind: &str, from: OffsetDateTime, to: OffsetDateTime) -> scan::ScanWindowRule {
    let clock = |at: OffsetDateTime| format!("{:02}:{:02}", at.hour(), at.minute());
    scan::ScanWindowRule {
        kind: kind.to_owned(),
        time_zone: "UTC".to_owned(),
        days: EVERY_DAY.map(str::to_owned).to_vec(),
        from: clock(from),
        to: clock(to),
        asset_ids: Vec::new(),
    }
}

fn about(rule: scan::ScanWindowRule, asset: &asset::AuthorizedAsset) -> scan::ScanWindowRule {
    scan::ScanWindowRule {
        asset_ids: vec![asset.asset_id.clone()],
        ..rule
    }
}

fn of(rules: &[scan::ScanWindowRule]) -> scan::ScanWindows {
    scan::ScanWindows {
        rules: rules.to_vec(),
        version: 0,
        now: None,
    }
}

/// Now, at a whole minute.
fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    let within = now.unix_timestamp().rem_euclid(60);
    OffsetDateTime::from_unix_timestamp(now.unix_timestamp() - within).unwrap()
}

fn named(assets: &[&asset::AuthorizedAsset]) -> scan::RequestRunRequest {
    scan::RequestRunRequest {
        asset_ids: assets.iter().map(|asset| asset.asset_id.clone()).collect(),
        ..anything()
    }
}

fn people(fixture: &Fixture, assets: &[asset::AuthorizedAsset]) -> (Principal, Principal) {
    let tenant = organization();
    fixture.may_scan(tenant, assets, &[]);
    (member(tenant, Role::Admin), member(tenant, Role::Operator))
}

#[tokio::test]
async fn outside_its_window_an_asset_is_refused_by_name_and_left_out_of_everything() {
    let fixture = Fixture::start().await;
    let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
    let (admin, who) = people(&fixture, &[here.clone(), there.clone()]);
    let opens = now() + Duration::hours(2);
    let later = about(daily("window", opens, opens + Duration::HOUR), &here);
    fixture.put_windows(&admin, of(&[later])).await.unwrap();

    let refused = fixture.request(&who, named(&[&here, &there])).await;
    let fault = refused.unwrap_err();
    assert_eq!(fault.report().code, "run.outside_window");
    let sentence = fault.report().message.clone();
    let time = opens.format(&time::format_description::well_known::Rfc3339);
    assert!(sentence.contains(&time.unwrap()), "{sentence}");

    let dry = scan::RequestRunRequest {
        dry_run: true,
        ..named(&[&here, &there])
    };
    let dry = fixture.request(&who, dry).await.unwrap();
    assert_eq!((dry.hosts, dry.refused.len()), (1, 1));

    let everything = fixture.request(&who, anything()).await.unwrap();
    assert_eq!(everything.run.unwrap().asset_ids, [there.asset_id]);
    assert_eq!(everything.refused[0].asset_id, here.asset_id);
    assert_eq!(everything.refused[0].code, "run.outside_window");
}

#[tokio::test]
async fn verifying_a_fix_keeps_the_hours_too() {
    let fixture = Fixture::start().await;
    let here = address("192.0.2.1");
    let tenant = organization();
    fixture.may_scan(tenant, std::slice::from_ref(&here), &[]);
    let key = "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned();
    let open = results::OpenCell {
        key: key.clone(),
        asset_id: here.asset_id.clone(),
        host: "192.0.2.1".to_owned(),
        transport: "tcp".to_owned(),
        port: 9,
        check_id: "port.open".to_owned(),
        ..Default::default()
    };
    fixture.are_open(tenant, vec![open], &[]);
    let admin = member(tenant, Role::Admin);
    let dark = daily("blackout", now() - Duration::HOUR, now() + Duration::HOUR);
    fixture.put_windows(&admin, of(&[dark])).await.unwrap();
    let verify = scan::RequestRunRequest {
        kind: "verify".to_owned(),
        exposure_keys: vec![key],
        ..Default::default()
    };
    let refused = fixture.request(&admin, verify.clone()).await;
    assert_eq!(code(refused), "run.outside_window");
    fixture.put_windows(&admin, of(&[])).await.unwrap();
    fixture.request(&admin, verify).await.unwrap();
}

#[tokio::test]
async fn a_jobs_signature_ends_with_the_first_window_of_its_assets() {
    let fixture = Fixture::start().await;
    let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
    let tenant = organization();
    let [admin, who] = [Role::Admin, Role::Operator].map(|role| member(tenant, role));
    // What the registry answers is what it was asked for.
    fixture.may_scan(tenant, std::slice::from_ref(&here), &[]);
    let (soon, later) = (now() + Duration::minutes(30), now() + Duration::hours(1));
    let began = now() - Duration::HOUR;
    let rules = [
        daily("window", began, later),
        about(daily("blackout", soon, later), &there),
    ];
    fixture.put_windows(&admin, of(&rules)).await.unwrap();
    let mut jobs = fixture.listen().await;
    fixture.request(&who, named(&[&here])).await.unwrap();
    let first = jobs.job().await;
    assert_eq!(from_timestamp(first.job.not_after.as_ref()), Some(later));
    fixture.may_scan(tenant, &[here.clone(), there.clone()], &[]);
    fixture
        .request(&who, named(&[&here, &there]))
        .await
        .unwrap();
    let second = jobs.job().await;
    assert_eq!(second.job.targets.len(), 2);
    assert_eq!(from_timestamp(second.job.not_after.as_ref()), Some(soon));
}

#[tokio::test]
async fn rules_are_read_by_members_and_replaced_by_admins_who_read_the_newest() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let [admin, operator, viewer] =
        [Role::Admin, Role::Operator, Role::Viewer].map(|role| member(tenant, role));
    let none = fixture.windows(&viewer).await.unwrap();
    assert_eq!((none.rules.len(), none.version), (0, 1));
    assert!(none.now.unwrap().is_open);
    let rule = daily("window", now(), now() + Duration::HOUR);
    let refused = fixture
        .put_windows(&operator, of(std::slice::from_ref(&rule)))
        .await;
    assert_eq!(code(refused), "auth.forbidden");

    let first = scan::ScanWindows {
        version: 1,
        ..of(std::slice::from_ref(&rule))
    };
    let put = fixture.put_windows(&admin, first.clone()).await.unwrap();
    assert_eq!((put.rules.as_slice(), put.version), (&[rule][..], 2));
    assert_eq!(fixture.windows(&viewer).await.unwrap(), put);
    let end = from_timestamp(put.now.unwrap().changes_at.as_ref());
    assert_eq!(end, Some(now() + Duration::HOUR));
    assert_eq!(
        code(fixture.put_windows(&admin, first).await),
        "request.stale"
    );

    let mut wrong = put.clone();
    wrong.rules[0].time_zone = "Berlin".to_owned();
    let fault = fixture.put_windows(&admin, wrong).await.unwrap_err();
    assert_eq!(fault.report().code, "request.invalid_field");
    assert_eq!(fault.report().fields[0].field, "rules.0.time_zone");

    let changes = "select count(*) from scan.audit where action = 'scan_windows.change'";
    assert_eq!(fixture.number(changes).await, 1);
    let stranger = member(organization(), Role::Owner);
    assert!(fixture.windows(&stranger).await.unwrap().rules.is_empty());
}
