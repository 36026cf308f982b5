//! The history is kept by month: made ahead, and no event is refused for want of a month.
use sqlx::{Connection, Executor, PgConnection};
use time::OffsetDateTime;
use wt_exposure::Settled;
use wt_model::Role;
use wt_proto::results::GetTimelineRequest;
use wt_testkit::{database, wait};

use crate::{
    ground::{Ground, PATIENCE},
    replay::replay,
    room::{Room, organization, person},
    told::{Told, gone, told},
};

/// As after two months in which no results service ran: this month and all after it are not made.
const ABSENT: &str = "
    do $$
    declare
        v_month text;
    begin
        for v_month in
            select c.oid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'results.events'::regclass
              and c.relname >= to_char(now() at time zone 'UTC', '\"events_\"YYYY_MM')
              and c.relname ~ '^events_[0-9]'
        loop
            execute 'drop table ' || v_month;
        end loop;
    end
    $$";

/// How many events are in which table.
async fn kept_in(ground: &Ground) -> Vec<(String, i64)> {
    sqlx::query_as(
        "select tableoid::regclass::text, count(*) from results.events group by 1 order by 1",
    )
    .fetch_all(&mut ground.superuser().await)
    .await
    .unwrap()
}

fn month_of(at: OffsetDateTime) -> String {
    let month = u8::from(at.month());
    format!("results.events_{}_{month:02}", at.year())
}

#[tokio::test]
async fn an_event_without_a_month_waits_for_it_and_is_the_same_event_there() {
    let room = Room::open().await;
    let tenant = organization();
    room.superuser().await.execute(ABSENT).await.unwrap();
    let now = OffsetDateTime::now_utc();
    let old = Told {
        finished_at: time::macros::datetime!(2020-02-29 23:59 UTC),
        ..told(tenant, "on_demand", &[(80, Settled::Present)])
    };
    room.tell(old).await;
    room.tell(Told {
        finished_at: now,
        ..told(tenant, "on_demand", &[(80, gone()), (81, Settled::Present)])
    })
    .await;
    let (past, rest) = ("results.events_past", "results.events_rest");
    assert_eq!(
        kept_in(&room).await,
        [(past.to_owned(), 1), (rest.to_owned(), 2)]
    );

    // As the service's timer asks, twice.
    let url = room.database.url_as("wt_results").unwrap();
    let mut service = PgConnection::connect(&url).await.unwrap();
    for expected in [3, 0] {
        let made: i32 = sqlx::query_scalar("select results.make_months()")
            .fetch_one(&mut service)
            .await
            .unwrap();
        assert_eq!(made, expected, "this month and the next two, once");
    }
    let mut expected = [(month_of(now), 2), (past.to_owned(), 1)];
    expected.sort();
    assert_eq!(kept_in(&room).await, expected);

    let key: String = sqlx::query_scalar("select key from results.exposures where port = 80")
        .fetch_one(&mut room.superuser().await)
        .await
        .unwrap();
    let request = GetTimelineRequest { key };
    let viewer = person(tenant, Role::Viewer);
    let request = room.peer.request(Some(&viewer), request).unwrap();
    let timeline = room.client().get_timeline(request).await.unwrap();
    let events: Vec<String> = timeline
        .into_inner()
        .entries
        .into_iter()
        .filter_map(|entry| entry.event)
        .map(|event| event.r#type)
        .collect();
    assert_eq!(events, ["NEW", "FIXED"]);
    let (well, found) = replay(&room, tenant).await;
    assert!(well, "{found}");
}

#[tokio::test]
async fn a_service_that_starts_makes_the_months_that_are_missing() {
    let ground = Ground::lay(database().await.unwrap()).await;
    ground.superuser().await.execute(ABSENT).await.unwrap();
    let room = Room::on(ground).await;
    wait::until(PATIENCE, "this month and the next two", async || {
        let months: i64 = sqlx::query_scalar(
            "select count(*) from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'results.events'::regclass
               and c.relname >= to_char(now() at time zone 'UTC', '\"events_\"YYYY_MM')
               and c.relname ~ '^events_[0-9]'",
        )
        .fetch_one(&mut room.superuser().await)
        .await
        .unwrap();
        (months == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_months_table_is_no_way_around_the_history() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let (table, _) = kept_in(&room).await.remove(0);
    let url = room.database.url_as("wt_results").unwrap();
    let mut service = PgConnection::connect(&url).await.unwrap();
    sqlx::query("select set_config('app.tenant_key', $1, false)")
        .bind(tenant.to_string())
        .execute(&mut service)
        .await
        .unwrap();
    for statement in [
        format!("select 1 from {table}"),
        format!("insert into {table} select * from results.events"),
        format!("update {table} set type = 'FIXED'"),
        format!("delete from {table}"),
        format!("drop table {table}"),
        format!("alter table results.events detach partition {table}"),
        "select results.make_month('2031-01-01')".to_owned(),
    ] {
        let sql = sqlx::AssertSqlSafe(statement.clone());
        let refused = sqlx::query(sql).execute(&mut service).await.unwrap_err();
        let refused = refused.as_database_error().unwrap();
        assert_eq!(refused.code().unwrap(), "42501", "{statement}: {refused}");
    }
}
