//! Reads in one statement against a real Postgres, as a service's own role.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

use std::time::Duration;

use sqlx::Row;
use wt_model::{Principal, TenantKey};
use wt_pg::{PgArgs, PgFault, Pool, TenantRead};
use wt_testkit::{Database, database};

const NOTES: &str = "
    set role wt_owner;
    create table asset.notes (tenant_key text not null, note text not null);
    call platform.isolate('asset.notes');
    insert into asset.notes values
        ('org_01ARZ3NDEKTSV4RRFFQ69G5FAA', 'mine'), ('org_01ARZ3NDEKTSV4RRFFQ69G5FAB', 'theirs');
    grant select on asset.notes to wt_asset_registry;
    reset role;";

fn principal(last: char) -> Principal {
    let tenant: TenantKey = format!("org_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")
        .parse()
        .unwrap();
    Principal::service("asset-registry", tenant)
}

/// A pool that lends one connection at a time.
async fn one_at_a_time() -> (Database, Pool) {
    let database = database().await.unwrap();
    sqlx::raw_sql(NOTES)
        .execute(&mut database.superuser().await.unwrap())
        .await
        .unwrap();
    let args = PgArgs {
        database_url: database.url_as("wt_asset_registry").unwrap().into(),
        pg_connections_max: 1,
        pg_acquire_ms: 1_000,
        pg_statement_ms: 5_000,
    };
    let pool = Pool::new(&args, "asset-registry", "asset").unwrap();
    (database, pool)
}

/// Every note a statement in `read`'s context sees, whosever it asks for, and the backend's id.
async fn notes(read: &mut TenantRead) -> (Vec<String>, i32) {
    let tenant = read.tenant_key().to_string();
    let rows = sqlx::query(
        "select n.note, pg_backend_pid() as backend
         from (select set_config('app.tenant_key', $1, true) as tenant_key) c
         cross join lateral (select note from asset.notes
             where c.tenant_key is not null limit 10) n",
    )
    .bind(tenant)
    .fetch_all(read.conn())
    .await
    .unwrap();
    let backend = rows.first().map_or(0, |row| row.get("backend"));
    (rows.iter().map(|row| row.get("note")).collect(), backend)
}

#[tokio::test]
async fn a_read_sees_its_own_rows_and_leaves_no_tenant_behind() {
    let (_database, pool) = one_at_a_time().await;
    let mut read = pool.read_once(&principal('A')).await.unwrap();
    let (seen, first) = notes(&mut read).await;
    assert_eq!(seen, ["mine"]);
    read.finish();

    // The same connection, for somebody else.
    let mut read = pool.read_once(&principal('B')).await.unwrap();
    let (seen, second) = notes(&mut read).await;
    assert_eq!((seen, second), (vec!["theirs".to_owned()], first));
    // Between two statements nobody is set: a row is an error.
    let forgotten = sqlx::query("select note from asset.notes")
        .fetch_all(read.conn())
        .await;
    assert!(
        format!("{forgotten:?}").contains("no tenant context"),
        "{forgotten:?}"
    );
    let nowhere = Principal {
        tenant_key: None,
        ..principal('A')
    };
    let refused = pool.read_once(&nowhere).await;
    assert!(matches!(refused, Err(PgFault::NoTenant)));
}

#[tokio::test]
async fn a_connection_that_was_let_go_in_the_middle_is_never_used_again() {
    let (_database, pool) = one_at_a_time().await;
    let mut read = pool.read_once(&principal('A')).await.unwrap();
    let (_, first) = notes(&mut read).await;
    // An answer nobody waits for any more.
    let unread = sqlx::query("select pg_sleep(60)").execute(read.conn());
    assert!(
        tokio::time::timeout(Duration::from_millis(50), unread)
            .await
            .is_err()
    );
    drop(read);
    let mut read = pool.read_once(&principal('B')).await.unwrap();
    let (seen, second) = notes(&mut read).await;
    assert_eq!(seen, ["theirs"]);
    assert_ne!(first, second);
    // A transaction somebody left open ends with its connection, too.
    sqlx::Connection::begin(read.conn())
        .await
        .map(std::mem::forget)
        .unwrap();
    read.finish();
    let mut read = pool.read_once(&principal('A')).await.unwrap();
    let (_, third) = notes(&mut read).await;
    assert_ne!(second, third);
}

#[tokio::test]
async fn there_are_no_more_connections_than_allowed() {
    let (_database, pool) = one_at_a_time().await;
    let held = pool.read_once(&principal('A')).await.unwrap();
    let waited = pool.read_once(&principal('A')).await;
    assert!(
        matches!(waited, Err(PgFault::Unavailable { .. })),
        "{waited:?}"
    );
    drop(held);
    assert!(pool.read_once(&principal('A')).await.is_ok());
    pool.close().await;
    assert!(pool.read_once(&principal('A')).await.is_err());
}

#[tokio::test]
async fn a_call_leaves_its_connection_to_the_next_unless_it_was_let_go() {
    async fn backend(call: &mut wt_pg::PlatformCall) -> i32 {
        sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(call.conn())
            .await
            .unwrap()
    }
    let (_database, pool) = one_at_a_time().await;
    let mut call = pool.call_once().await.unwrap();
    let first = backend(&mut call).await;
    call.finish();
    let mut call = pool.call_once().await.unwrap();
    assert_eq!(backend(&mut call).await, first);
    drop(call);
    let mut call = pool.call_once().await.unwrap();
    assert_ne!(backend(&mut call).await, first);
}
