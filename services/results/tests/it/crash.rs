//! kill -9 of the service and of Postgres in the middle of applying a result: nothing is lost,
//! nothing is doubled, and the ledger has the root hash of an undisturbed run.
//!
//! "In the middle" is made certain, not likely: the test holds a lock that the transaction has to
//! wait for at one of its writes, and kills while it waits.
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::process::{Child, Command};
use wt_exposure::Settled;
use wt_model::TenantKey;
use wt_testkit::{PrivatePostgres, database, wait};

use crate::{
    ground::{Ground, PATIENCE},
    replay::replay,
    room::organization,
    told::{Told, gone, silent, told, told_of},
};

/// At which write a transaction is stopped when the service dies, by result. Three of them: the
/// broker hands out no more than four messages that nobody settled before their lease ends.
const SERVICE_DIES_AT: [&str; 8] = ["exposures", "", "leaves", "", "", "evidence", "", ""];
/// As above, when Postgres does.
const POSTGRES_DIES_AT: [&str; 8] = ["", "heads", "", "events", "", "", "applied", ""];

/// Eight results, with something to write everywhere.
fn history(tenant: TenantKey) -> Vec<Told> {
    let present = |ports: std::ops::Range<u16>| -> Vec<(u16, Settled)> {
        ports.map(|port| (port, Settled::Present)).collect()
    };
    let mut told = vec![told(tenant, "on_demand", &present(1..40))];
    for round in 1..8_u16 {
        let mut cells = present(round * 5..40 + round * 5);
        cells.push((round * 5 - 1, gone()));
        cells.push((round * 5 - 2, silent()));
        let value = if round % 2 == 0 { "1" } else { "2" };
        told.push(told_of(tenant, "on_demand", &cells, value));
    }
    told
}

fn service(ground: &Ground) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wt-results"))
        .args(ground.settings())
        .arg("--admin-addr=127.0.0.1:0")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Waits until somebody waits for the lock that `holder` has.
async fn stuck(url: &str) {
    wait::until(PATIENCE, "a transaction to reach its write", async || {
        let mut conn = PgConnection::connect(url).await.unwrap();
        let waiting: bool = sqlx::query_scalar(
            "select exists (select from pg_stat_activity
             where usename = 'wt_results' and wait_event_type = 'Lock')",
        )
        .fetch_one(&mut conn)
        .await
        .unwrap();
        waiting.then_some(())
    })
    .await;
}

/// A connection that keeps everybody out of a table until it ends.
async fn holder(url: &str, table: &str) -> PgConnection {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let lock = format!("begin; lock table results.{table} in access exclusive mode");
    conn.execute(AssertSqlSafe(lock)).await.unwrap();
    conn
}

/// Tells everything to a service that nobody disturbs, and gives the rows and the ledger.
async fn undisturbed(tenant: TenantKey, history: &[Told]) -> (Vec<(String, i64)>, String) {
    let ground = Ground::lay(database().await.unwrap()).await;
    let _service = service(&ground);
    for told in history {
        let mut told = told.clone();
        ground.store(&mut told).await;
        ground.say(&told).await;
        assert_eq!(ground.settled(&told).await, "");
    }
    end(&ground, tenant).await
}

/// Rows of everything but the answers, of which each delivery gets one, and the live root after a
/// replay agreed.
async fn end(ground: &Ground, tenant: TenantKey) -> (Vec<(String, i64)>, String) {
    let mut counts = ground.counts().await;
    counts.retain(|(table, _)| table != "outbox");
    let mut conn = ground.superuser().await;
    let news: i64 =
        sqlx::query_scalar("select count(*) from results.outbox where subject like 'exposure.%'")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    counts.push(("news".to_owned(), news));
    let (same, found) = replay(ground, tenant).await;
    assert!(same, "{found}");
    let root = found.get("live_root_hash").and_then(Value::as_str);
    (counts, root.unwrap().to_owned())
}

#[tokio::test]
async fn the_service_killed_in_the_middle_of_a_result_loses_and_doubles_nothing() {
    let tenant = organization();
    let history = history(tenant);
    let ground = Ground::lay(database().await.unwrap()).await;
    let url = ground.database.superuser_url().to_owned();
    let mut running = service(&ground);
    for (told, table) in history.iter().zip(SERVICE_DIES_AT) {
        let mut told = told.clone();
        ground.store(&mut told).await;
        if table.is_empty() {
            ground.say(&told).await;
            assert_eq!(ground.settled(&told).await, "");
            continue;
        }
        let holder = holder(&url, table).await;
        ground.say(&told).await;
        stuck(&url).await;
        running.kill().await.unwrap();
        holder.close().await.unwrap();
        running = service(&ground);
        // What was being delivered comes again after its lease; whoever asks sooner is answered.
        ground.say(&told).await;
        assert_eq!(ground.settled(&told).await, "", "killed at {table}");
    }
    assert_eq!(
        end(&ground, tenant).await,
        undisturbed(tenant, &history).await
    );
}

#[tokio::test]
async fn postgres_killed_in_the_middle_of_a_result_loses_and_doubles_nothing() {
    let tenant = organization();
    let history = history(tenant);
    let mut postgres = PrivatePostgres::start().await.unwrap();
    let ground = Ground::lay(postgres.database().clone()).await;
    let url = ground.database.superuser_url().to_owned();
    let _service = service(&ground);
    for (told, table) in history.iter().zip(POSTGRES_DIES_AT) {
        let mut told = told.clone();
        ground.store(&mut told).await;
        if table.is_empty() {
            ground.say(&told).await;
            assert_eq!(ground.settled(&told).await, "");
            continue;
        }
        let holder = holder(&url, table).await;
        ground.say(&told).await;
        stuck(&url).await;
        postgres.kill().await.unwrap();
        drop(holder);
        postgres.restart().await.unwrap();
        assert_eq!(ground.settled(&told).await, "", "killed at {table}");
    }
    assert_eq!(
        end(&ground, tenant).await,
        undisturbed(tenant, &history).await
    );
}
