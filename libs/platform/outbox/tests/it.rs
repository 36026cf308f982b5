//! News from a transaction to a reader, with real servers that die in between.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

use std::time::Duration;

use wt_bus::{Bus, BusArgs};
use wt_lifecycle::Life;
use wt_model::{Principal, TenantKey};
use wt_pg::{PgArgs, Pool};
use wt_proto::event::AssetAdded;
use wt_testkit::{Broker, Database, database, wait};

const PATIENCE: Duration = Duration::from_mins(1);
const OUTBOX: &str = "
    set role wt_owner;
    do $$ begin
        if to_regclass('asset.outbox') is null then
            call platform.give_outbox('asset', 'wt_asset_registry');
        end if;
    end $$;
    reset role;";

fn principal() -> Principal {
    let tenant: TenantKey = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    Principal::service("asset-registry", tenant)
}

async fn store() -> (Database, Pool) {
    let database = database().await.unwrap();
    sqlx::raw_sql(OUTBOX)
        .execute(&mut database.superuser().await.unwrap())
        .await
        .unwrap();
    let args = PgArgs {
        database_url: database.url_as("wt_asset_registry").unwrap().into(),
        pg_connections_max: 6,
        pg_acquire_ms: 2_000,
        pg_statement_ms: 5_000,
    };
    let pool = Pool::new(&args, "asset-registry", "asset").unwrap();
    (database, pool)
}

async fn bus_at(broker: &Broker) -> Bus {
    let args = BusArgs {
        nats_url: broker.url(),
        allow_old_nats: false,
    };
    Bus::open(&args, "asset-registry").await.unwrap()
}

async fn enqueue(pool: &Pool, value: &str) {
    let mut tx = pool.begin(&principal(), "add").await.unwrap();
    let added = AssetAdded {
        value: value.to_owned(),
        ..Default::default()
    };
    wt_outbox::enqueue(&mut tx, &added).await.unwrap();
    tx.commit().await.unwrap();
}

/// Enqueues what nobody waits for.
async fn record(pool: &Pool) {
    let mut tx = pool.begin(&principal(), "record").await.unwrap();
    let news = wt_outbox::News::of(&tx, &AssetAdded::default());
    let tenant_key = tx.tenant_key().to_string();
    sqlx::query(
        "insert into asset.outbox (id, tenant_key, subject, envelope) values ($1, $2, $3, $4)",
    )
    .bind(news.id())
    .bind(tenant_key)
    .bind(news.subject())
    .bind(news.body())
    .execute(tx.conn())
    .await
    .unwrap();
    tx.note_record();
    tx.commit().await.unwrap();
}

async fn unsent(database: &Database) -> i64 {
    sqlx::query_scalar("select count(*) from asset.outbox where sent_at is null")
        .fetch_one(&mut database.superuser().await.unwrap())
        .await
        .unwrap()
}

async fn all_sent(database: &Database) {
    wait::until(PATIENCE, "every row to be sent", || async {
        (unsent(database).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn committed_news_is_sent_once_and_rolled_back_news_never() {
    let (database, pool) = store().await;
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    bus.ensure_streams().await.unwrap();
    let mut tx = pool.begin(&principal(), "add").await.unwrap();
    wt_outbox::enqueue(&mut tx, &AssetAdded::default())
        .await
        .unwrap();
    drop(tx);
    enqueue(&pool, "example.org").await;

    let life = Life::new("asset-registry");
    wt_outbox::relay(&pool, &bus, &life);
    all_sent(&database).await;
    // Said again, as after a crash between publishing and marking: the id makes it one message.
    wt_outbox::resend(&pool, time::OffsetDateTime::UNIX_EPOCH)
        .await
        .unwrap();
    all_sent(&database).await;
    assert_eq!(broker.messages_in("DOMAIN").await.unwrap(), 1);
    assert!(life.end(PATIENCE).await);
}

#[tokio::test]
async fn news_waits_for_a_broker_that_is_away() {
    let (database, pool) = store().await;
    let mut broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    bus.ensure_streams().await.unwrap();
    let life = Life::new("asset-registry");
    wt_outbox::relay(&pool, &bus, &life);
    broker.kill().await.unwrap();
    for number in 0..5 {
        enqueue(&pool, &format!("{number}.example.org")).await;
    }
    assert_eq!(unsent(&database).await, 5);
    broker.restart().await.unwrap();
    all_sent(&database).await;
    assert_eq!(broker.messages_in("DOMAIN").await.unwrap(), 5);
    assert!(life.end(PATIENCE).await);
}

#[tokio::test]
async fn two_relays_send_each_row_once() {
    let (database, pool) = store().await;
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    bus.ensure_streams().await.unwrap();
    for number in 0..250 {
        enqueue(&pool, &format!("{number}.example.org")).await;
    }
    let (left, right) = tokio::join!(
        wt_outbox::relay_once(&pool, &bus),
        wt_outbox::relay_once(&pool, &bus)
    );
    assert_eq!(
        left.unwrap() + right.unwrap(),
        200,
        "two batches without a row in common"
    );
    assert_eq!(wt_outbox::relay_once(&pool, &bus).await.unwrap(), 50);
    assert_eq!(unsent(&database).await, 0);
    assert_eq!(broker.messages_in("DOMAIN").await.unwrap(), 250);
}

#[tokio::test]
async fn records_wait_for_each_other_and_news_for_nothing() {
    let (database, pool) = store().await;
    let broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let life = Life::new("asset-registry");
    wt_outbox::relay(&pool, &bus, &life);
    // The relay has looked, and sleeps.
    enqueue(&pool, "first.example.org").await;
    all_sent(&database).await;

    let mut superuser = database.superuser().await.unwrap();
    let mut largest = 0_i64;
    // A few times: this machine may sleep longer than records wait.
    for _ in 0..5 {
        for _ in 0..5 {
            record(&pool).await;
        }
        all_sent(&database).await;
        // What is marked in one statement has one time.
        largest = sqlx::query_scalar(
            "select count(*) from asset.outbox group by sent_at order by 1 desc limit 1",
        )
        .fetch_one(&mut superuser)
        .await
        .unwrap();
        if largest == 5 {
            break;
        }
    }
    assert_eq!(largest, 5, "all in one batch");
    sqlx::query("truncate asset.outbox")
        .execute(&mut superuser)
        .await
        .unwrap();

    for number in 0..5 {
        record(&pool).await;
        enqueue(&pool, &format!("{number}.news.example.org")).await;
        all_sent(&database).await;
    }
    let fastest: i64 = sqlx::query_scalar(
        "select min(extract(milliseconds from sent_at - created_at))::bigint
         from asset.outbox where position('.news.'::bytea in envelope) > 0",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert!(fastest < 150, "news waited for {fastest} ms");
    assert!(life.end(PATIENCE).await);
}

#[tokio::test]
async fn messages_have_their_effect_together_the_first_time_only() {
    let (_database, pool) = store().await;
    for (ids, expected) in [
        (["evt_1", "evt_2", "evt_1"], vec!["evt_1", "evt_2"]),
        (["evt_3", "evt_2", "evt_1"], vec!["evt_3"]),
    ] {
        let mut tx = pool.begin(&principal(), "effect").await.unwrap();
        let new = wt_outbox::first_times(&mut tx, "results", &ids)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut new: Vec<_> = new.into_iter().collect();
        new.sort();
        assert_eq!(new, expected);
    }
}

#[tokio::test]
async fn a_message_has_its_effect_the_first_time_only() {
    let (_database, pool) = store().await;
    let mut tx = pool.begin(&principal(), "effect").await.unwrap();
    assert!(
        wt_outbox::first_time(&mut tx, "results", "evt_1")
            .await
            .unwrap()
    );
    drop(tx);
    // The effect was rolled back, so the next delivery is the first again.
    for expected in [true, false] {
        let mut tx = pool.begin(&principal(), "effect").await.unwrap();
        assert_eq!(
            wt_outbox::first_time(&mut tx, "results", "evt_1")
                .await
                .unwrap(),
            expected
        );
        tx.commit().await.unwrap();
    }
    let mut tx = pool.begin(&principal(), "effect").await.unwrap();
    assert!(
        wt_outbox::first_time(&mut tx, "notify", "evt_1")
            .await
            .unwrap(),
        "another consumer"
    );
}

#[tokio::test]
async fn a_service_writes_its_outbox_and_cannot_read_it() {
    let (_database, pool) = store().await;
    enqueue(&pool, "example.org").await;
    let mut tx = pool.begin(&principal(), "peek").await.unwrap();
    assert!(
        sqlx::query("select * from asset.outbox")
            .fetch_all(tx.conn())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn news_finds_a_broker_that_was_never_used_and_one_that_lost_everything() {
    let (database, pool) = store().await;
    let mut broker = Broker::start().await.unwrap();
    let bus = bus_at(&broker).await;
    let life = Life::new("asset-registry");
    wt_outbox::relay(&pool, &bus, &life);
    enqueue(&pool, "first.example.org").await;
    all_sent(&database).await;
    broker.wipe().await.unwrap();
    enqueue(&pool, "second.example.org").await;
    all_sent(&database).await;
    assert_eq!(broker.messages_in("DOMAIN").await.unwrap(), 1);
    // The operator says again what the broker lost.
    let again = wt_outbox::resend(&pool, time::OffsetDateTime::UNIX_EPOCH)
        .await
        .unwrap();
    assert_eq!(again, 2);
    all_sent(&database).await;
    assert_eq!(broker.messages_in("DOMAIN").await.unwrap(), 2);
    assert!(life.end(PATIENCE).await);
}
