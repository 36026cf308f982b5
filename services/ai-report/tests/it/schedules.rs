//! Reports that are asked for by themselves.
use sqlx::Connection as _;
use wt_bus::{Bus, BusArgs, open_envelope};
use wt_fault::{Fault, Kind};
use wt_model::{Principal, Role};
use wt_proto::{
    Message as _, event,
    report::{CreateReportScheduleRequest, ReportSchedule},
};
use wt_testkit::wait;

use crate::{
    fixture::{Fixture, PATIENCE, member, organization},
    standing::stands,
};

fn daily(name: &str) -> CreateReportScheduleRequest {
    CreateReportScheduleRequest {
        name: name.to_owned(),
        kind: "executive".to_owned(),
        filter: "severity>=low".to_owned(),
        every: "day".to_owned(),
        at: "06:30".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        ..Default::default()
    }
}

/// Makes a schedule due, three days late.
async fn make_due(fixture: &Fixture, schedule: &ReportSchedule) {
    let mut conn = sqlx::PgConnection::connect(&fixture.superuser_url)
        .await
        .unwrap();
    sqlx::query("update report.schedules set next_at = now() - interval '3 days' where id = $1")
        .bind(&schedule.id)
        .execute(&mut conn)
        .await
        .unwrap();
}

async fn schedule_of(fixture: &Fixture, who: &Principal) -> ReportSchedule {
    let mut schedules = fixture.schedules(who).await;
    assert_eq!(schedules.len(), 1);
    schedules.remove(0)
}

#[tokio::test]
async fn a_time_that_has_come_gives_one_report_about_the_time_since_the_one_before() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    stands(&fixture, tenant, "Expired certificate");
    let operator = member(tenant, Role::Operator);
    let made = fixture.schedule(&operator, daily("Daily")).await.unwrap();
    assert!(fixture.list(&operator).await.is_empty());
    let args = BusArgs {
        nats_url: fixture.broker.url(),
        allow_old_nats: false,
    };
    let bus = Bus::open(&args, "test").await.unwrap();
    let mut news = bus.subscribe("report.ready").await.unwrap();
    make_due(&fixture, &made).await;

    let report = wait::until(PATIENCE, "the report", async || {
        fixture.list(&operator).await.pop()
    })
    .await;
    assert_eq!(
        (report.kind.as_str(), report.filter.as_str()),
        ("executive", "severity>=low")
    );
    assert_eq!(
        (report.schedule_id, report.requested_by),
        (made.id, operator.sub.clone())
    );
    let hours = (report.until.unwrap().seconds - report.since.unwrap().seconds) / 3_600;
    assert!((23..=25).contains(&hours), "{hours}");
    fixture.settled(&operator, &report.id, "ready").await;
    // Three days were missed; the next one is ahead, and there was one report.
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let after = schedule_of(&fixture, &operator).await;
    assert!(after.next_at.unwrap().seconds > now);
    assert_eq!(fixture.list(&operator).await.len(), 1);
    // Whoever made the schedule is to be told.
    let (_, said) = tokio::time::timeout(PATIENCE, news.next())
        .await
        .unwrap()
        .unwrap();
    let payload = open_envelope(&said).unwrap().0.payload;
    let ready = event::ReportReady::decode(payload.as_slice()).unwrap();
    assert_eq!(
        (ready.state, ready.schedule_id, ready.scheduled_by),
        ("ready".to_owned(), after.id, operator.sub)
    );
    assert!(!ready.title.is_empty());
}

#[tokio::test]
async fn a_schedule_that_is_paused_or_forgotten_asks_for_nothing() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    stands(&fixture, tenant, "Expired certificate");
    let operator = member(tenant, Role::Operator);
    let made = fixture.schedule(&operator, daily("Paused")).await.unwrap();
    fixture.pause(&operator, &made.id, true).await.unwrap();
    make_due(&fixture, &made).await;
    // Another one that is due is worked on after it.
    let other = fixture.schedule(&operator, daily("Other")).await.unwrap();
    make_due(&fixture, &other).await;
    let report = wait::until(PATIENCE, "the report", async || {
        fixture.list(&operator).await.pop()
    })
    .await;
    assert_eq!(report.schedule_id, other.id);

    let on = fixture.pause(&operator, &made.id, false).await.unwrap();
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    assert!(
        !on.paused && on.next_at.unwrap().seconds > now,
        "what was missed is not made up for"
    );
    fixture.forget(&operator, &made.id).await.unwrap();
    fixture.forget(&operator, &other.id).await.unwrap();
    assert!(fixture.schedules(&operator).await.is_empty());
    assert_eq!(fixture.list(&operator).await.len(), 1, "reports stay");
    let fault = fixture.forget(&operator, &made.id).await.unwrap_err();
    assert_eq!(fault.code(), "report.schedule_not_found");
}

#[tokio::test]
async fn a_schedule_is_its_organizations_and_of_who_may_create_reports() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let operator = member(tenant, Role::Operator);
    let made = fixture.schedule(&operator, daily("Ours")).await.unwrap();
    let stranger = member(organization(), Role::Owner);
    assert!(fixture.schedules(&stranger).await.is_empty());
    for fault in [
        fixture.pause(&stranger, &made.id, true).await.unwrap_err(),
        fixture
            .forget(&stranger, &made.id)
            .await
            .map(|()| made.clone())
            .unwrap_err(),
    ] {
        assert_eq!(fault.kind(), Kind::NotFound);
    }
    let viewer = member(tenant, Role::Viewer);
    assert_eq!(fixture.schedules(&viewer).await.len(), 1);
    let fault = fixture.schedule(&viewer, daily("Mine")).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Forbidden);
    let fault = fixture.pause(&viewer, &made.id, true).await.unwrap_err();
    assert_eq!(fault.kind(), Kind::Forbidden);
}

#[tokio::test]
async fn a_schedule_that_can_not_come_is_refused_and_names_its_field() {
    let fixture = Fixture::start().await;
    let operator = member(organization(), Role::Operator);
    let with = |change: fn(&mut CreateReportScheduleRequest)| {
        let mut request = daily("Daily");
        change(&mut request);
        request
    };
    for (request, field) in [
        (with(|it| it.zone = "Mars/Olympus".to_owned()), "zone"),
        (with(|it| it.at = "25:00".to_owned()), "at"),
        (with(|it| it.every = "hour".to_owned()), "every"),
        (with(|it| it.every = "week".to_owned()), "weekday"),
        (
            with(|it| it.filter = "severity>=purple".to_owned()),
            "filter",
        ),
        (with(|it| it.name = "a\nb".to_owned()), "name"),
    ] {
        let fault = fixture.schedule(&operator, request).await.unwrap_err();
        assert_eq!(
            (fault.kind(), fault.fields()[0].field.as_str()),
            (Kind::Invalid, field)
        );
    }
    for number in 0..50 {
        fixture
            .schedule(&operator, daily(&number.to_string()))
            .await
            .unwrap();
    }
    let fault = fixture
        .schedule(&operator, daily("one more"))
        .await
        .unwrap_err();
    assert_eq!(fault.code(), "report.too_many_schedules");
}
