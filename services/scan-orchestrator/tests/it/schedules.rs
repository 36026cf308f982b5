//! Scans that are requested by themselves: each time once, held to everything a run is held to.
use std::collections::BTreeSet;

use sqlx::Connection as _;
use wt_model::{Principal, Role};
use wt_proto::scan;
use wt_testkit::wait;

use crate::fixture::{Fixture, PATIENCE, address, anything, code, member, organization};

/// What makes it no schedule.
type Broken = fn(&mut scan::Schedule);

fn daily(name: &str) -> scan::Schedule {
    scan::Schedule {
        name: name.to_owned(),
        profile: "fast_recheck".to_owned(),
        ports: "9".to_owned(),
        every: "day".to_owned(),
        at: "06:30".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        ..Default::default()
    }
}

impl Fixture {
    /// Makes a schedule due, as many days late.
    async fn make_due(&self, id: &str, days: i32) {
        let mut connection = self.database.superuser().await.unwrap();
        sqlx::query(
            "update scan.schedules set next_at = now() - make_interval(days => $2), leased_until = '-infinity'
             where id = $1",
        )
        .bind(id)
        .bind(days)
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
    }

    async fn only_schedule(&self, who: &Principal) -> scan::Schedule {
        let mut all = self.schedules(who).await.unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// The schedule once a time of it came and was noted.
    async fn came(&self, who: &Principal, id: &str) -> scan::Schedule {
        wait::until(PATIENCE, "the schedule's time to come", async || {
            let all = self.schedules(who).await.unwrap();
            let now = time::OffsetDateTime::now_utc().unix_timestamp();
            all.into_iter()
                .find(|it| it.id == id && it.last_at.is_some() && it.next_at.unwrap().seconds > now)
        })
        .await
    }

    async fn run_ids(&self, who: &Principal) -> BTreeSet<String> {
        let runs = self.runs(who).await.unwrap().runs;
        runs.into_iter().map(|run| run.id).collect()
    }
}

#[tokio::test]
async fn a_time_that_has_come_gives_one_run_however_many_went_by() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let operator = member(tenant, Role::Operator);
    let made = fixture.schedule(&operator, daily("Daily")).await.unwrap();
    assert!(made.next_at.is_some() && made.last_at.is_none());
    assert!(fixture.run_ids(&operator).await.is_empty());
    fixture.make_due(&made.id, 3).await;

    let job = ear.job().await;
    let after = fixture.came(&operator, &made.id).await;
    assert_eq!(after.last_skipped, "");
    let runs = fixture.run_ids(&operator).await;
    assert_eq!(runs, BTreeSet::from([after.last_run_id.clone()]));
    assert_eq!(job.job.run_id, after.last_run_id);
    let run = fixture.get(&operator, &after.last_run_id).await.unwrap();
    assert_eq!(
        (run.kind.as_str(), run.profile.as_str()),
        ("scheduled", "fast_recheck")
    );
    let by = run.schedule.unwrap();
    assert_eq!((by.id, by.name), (made.id.clone(), "Daily".to_owned()));

    // The same time once more, as after a crash between the run and its note: the run stays one.
    fixture.make_due(&made.id, 3).await;
    wait::until(PATIENCE, "it to be noted again", async || {
        let again = fixture.only_schedule(&operator).await;
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        (again.next_at.unwrap().seconds > now).then_some(())
    })
    .await;
    assert_eq!(fixture.run_ids(&operator).await, runs);
    let again = fixture.only_schedule(&operator).await;
    assert_eq!(again.last_run_id, after.last_run_id);
    let asked = "select count(*) from scan.audit where action = 'run.request' and after->>'schedule' like 'sch%'";
    assert_eq!(fixture.number(asked).await, 1);
}

#[tokio::test]
async fn what_refuses_a_run_is_written_on_its_schedule_and_the_next_time_comes() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[], &[]);
    let who = member(tenant, Role::Operator);
    let made = fixture.schedule(&who, daily("Daily")).await.unwrap();
    fixture.make_due(&made.id, 1).await;
    let after = fixture.came(&who, &made.id).await;
    assert_eq!(after.last_run_id, "");
    assert!(
        after.last_skipped.contains("no verified asset"),
        "{}",
        after.last_skipped
    );
    assert!(fixture.run_ids(&who).await.is_empty());

    // Who has not paid is told so, too.
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    fixture.stands(tenant, "team", false);
    let owing = member(tenant, Role::Operator);
    let made = fixture.schedule(&owing, daily("Daily")).await.unwrap();
    fixture.make_due(&made.id, 1).await;
    let after = fixture.came(&owing, &made.id).await;
    assert!(
        after.last_skipped.contains("not paid"),
        "{}",
        after.last_skipped
    );
    assert!(fixture.run_ids(&owing).await.is_empty());
}

#[tokio::test]
async fn a_service_that_is_away_is_asked_again_for_the_same_time() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    fixture.registry.refuses(tenant, "ResolveScope", 14);
    let who = member(tenant, Role::Operator);
    let made = fixture.schedule(&who, daily("Daily")).await.unwrap();
    fixture.make_due(&made.id, 1).await;
    let leased = "select count(*) from scan.schedules where leased_until > now()";
    wait::until(PATIENCE, "the schedule to be taken up", async || {
        (fixture.number(leased).await == 1).then_some(())
    })
    .await;
    // Another one that works is noted after it: this one was refused by then.
    let beside = organization();
    fixture.may_scan(beside, &[address("192.0.2.9")], &[]);
    let other = member(beside, Role::Operator);
    let theirs = fixture.schedule(&other, daily("Theirs")).await.unwrap();
    fixture.make_due(&theirs.id, 1).await;
    fixture.came(&other, &theirs.id).await;
    let waiting = fixture.only_schedule(&who).await;
    assert!(waiting.last_at.is_none() && waiting.last_skipped.is_empty());

    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    // As when the lease has ended.
    fixture.make_due(&made.id, 1).await;
    let after = fixture.came(&who, &made.id).await;
    assert_eq!(
        fixture.run_ids(&who).await,
        BTreeSet::from([after.last_run_id])
    );
}

#[tokio::test]
async fn a_run_that_has_not_ended_is_not_joined_by_another() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let who = member(tenant, Role::Operator);
    let made = fixture.schedule(&who, daily("Daily")).await.unwrap();
    fixture.make_due(&made.id, 1).await;
    let first = fixture.came(&who, &made.id).await.last_run_id;
    // As if it were yesterday's.
    fixture
        .sql("update scan.runs set idempotency_key = 'of yesterday'")
        .await
        .unwrap();
    fixture.make_due(&made.id, 1).await;
    wait::until(PATIENCE, "the time to be left out", async || {
        let after = fixture.only_schedule(&who).await;
        after.last_skipped.contains(&first).then_some(())
    })
    .await;
    assert_eq!(fixture.run_ids(&who).await.len(), 1);
    fixture.cancel(&who, &first, "over").await.unwrap();
    fixture.make_due(&made.id, 1).await;
    wait::until(PATIENCE, "the second run", async || {
        (fixture.run_ids(&who).await.len() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_schedule_may_be_early_by_what_clocks_take_and_no_more() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let here = address("192.0.2.1");
    fixture.may_scan(tenant, std::slice::from_ref(&here), &[]);
    // Once a day.
    fixture.stands(tenant, "team", true);
    let who = member(tenant, Role::Operator);
    let first = fixture.run(&who).await;
    let made = fixture.schedule(&who, daily("Daily")).await.unwrap();
    // A day and 65 minutes less, in minutes.
    for (ago, refused) in [(1_370, true), (1_380, false)] {
        let mut connection = fixture.database.superuser().await.unwrap();
        sqlx::query(
            "update scan.runs set created_at = now() - make_interval(mins => $1) where id = $2",
        )
        .bind(ago)
        .bind(&first)
        .execute(&mut connection)
        .await
        .unwrap();
        // A person waits for the whole day.
        assert_eq!(
            code(fixture.request(&who, anything()).await),
            "plan.too_soon"
        );
        fixture.make_due(&made.id, 1).await;
        let after = fixture.came(&who, &made.id).await;
        if refused {
            assert!(!after.last_skipped.is_empty(), "{ago}");
            assert_eq!(fixture.run_ids(&who).await.len(), 1, "{ago}");
        } else {
            wait::until(PATIENCE, "the run", async || {
                (fixture.run_ids(&who).await.len() == 2).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_schedule_is_changed_paused_and_forgotten_by_who_may_scan() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    let operator = member(tenant, Role::Operator);
    let made = fixture.schedule(&operator, daily("Daily")).await.unwrap();
    let paused = scan::Schedule {
        paused: true,
        every: "week".to_owned(),
        weekday: 1,
        ..daily("Mondays")
    };
    let after = fixture
        .reschedule(&operator, &made.id, paused.clone())
        .await
        .unwrap();
    assert_eq!(
        (after.id.as_str(), after.name.as_str(), after.paused),
        (made.id.as_str(), "Mondays", true)
    );
    assert_eq!(after.created_by, made.created_by);
    fixture.make_due(&made.id, 1).await;
    let other = fixture.schedule(&operator, daily("Other")).await.unwrap();
    fixture.make_due(&other.id, 1).await;
    let came = fixture.came(&operator, &other.id).await;
    assert_eq!(
        fixture.run_ids(&operator).await,
        BTreeSet::from([came.last_run_id]),
        "what is paused asks for nothing"
    );
    let on = scan::Schedule {
        paused: false,
        ..paused
    };
    let on = fixture.reschedule(&operator, &made.id, on).await.unwrap();
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    assert!(on.next_at.unwrap().seconds > now, "nothing is made up for");

    let viewer = member(tenant, Role::Viewer);
    assert_eq!(fixture.schedules(&viewer).await.unwrap().len(), 2);
    let stranger = member(organization(), Role::Owner);
    assert!(fixture.schedules(&stranger).await.unwrap().is_empty());
    for (who, expected) in [
        (&viewer, "auth.forbidden"),
        (&stranger, "schedule.not_found"),
    ] {
        let changed = fixture.reschedule(who, &made.id, daily("Mine")).await;
        assert_eq!(code(changed), expected);
        assert_eq!(code(fixture.unschedule(who, &made.id).await), expected);
    }
    assert_eq!(
        code(fixture.schedule(&viewer, daily("Mine")).await),
        "auth.forbidden"
    );

    fixture.unschedule(&operator, &other.id).await.unwrap();
    assert_eq!(fixture.only_schedule(&operator).await.id, made.id);
    let run = fixture.runs(&operator).await.unwrap().runs.remove(0);
    let run = fixture.get(&operator, &run.id).await.unwrap();
    assert!(run.schedule.is_none(), "runs stay");
    let records = "select count(*) from scan.audit where action like 'schedule.%'";
    assert_eq!(fixture.number(records).await, 5);
}

#[tokio::test]
async fn what_can_be_no_schedule_is_refused_and_names_its_field() {
    let fixture = Fixture::start().await;
    let who = member(organization(), Role::Operator);
    let wrong: [(&str, Broken); 10] = [
        ("name", |it| it.name = " ".to_owned()),
        ("every", |it| it.every = "hour".to_owned()),
        ("weekday", |it| it.weekday = 8),
        ("at", |it| it.at = "24:00".to_owned()),
        ("zone", |it| it.zone = "Mars/Olympus".to_owned()),
        ("profile", |it| it.profile = "verify".to_owned()),
        ("policy", |it| it.policy = "intrusive".to_owned()),
        ("ports", |it| it.ports = "70000".to_owned()),
        ("ports", |it| it.ports = format!("{}9", "0".repeat(1_000))),
        ("asset_ids.0", |it| it.asset_ids = vec!["mine".to_owned()]),
    ];
    for (field, break_it) in wrong {
        let mut schedule = daily("Wrong");
        break_it(&mut schedule);
        let fault = fixture.schedule(&who, schedule).await.unwrap_err();
        let report = fault.report();
        assert_eq!(report.code, "request.invalid_field", "{field}");
        assert_eq!(report.fields[0].field, field);
    }
    assert!(fixture.schedules(&who).await.unwrap().is_empty());

    for at in 0..50 {
        let name = format!("Schedule {at}");
        fixture.schedule(&who, daily(&name)).await.unwrap();
    }
    assert_eq!(
        code(fixture.schedule(&who, daily("One more")).await),
        "schedule.too_many"
    );
}
