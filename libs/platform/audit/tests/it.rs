//! Records against a real Postgres, as a service's own role.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

use wt_model::{Principal, TenantKey};
use wt_pg::{PgArgs, Pool};
use wt_testkit::{Database, database};

fn principal(last: char) -> Principal {
    let tenant: TenantKey = format!("org_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")
        .parse()
        .unwrap();
    Principal::service("tenant", tenant)
}

async fn store() -> (Database, Pool) {
    let database = database().await.unwrap();
    let args = PgArgs {
        database_url: database.url_as("wt_tenant").unwrap().into(),
        pg_connections_max: 2,
        pg_acquire_ms: 2_000,
        pg_statement_ms: 5_000,
    };
    (database, Pool::new(&args, "tenant", "tenant").unwrap())
}

async fn record(pool: &Pool, last: char) {
    let mut tx = pool.begin(&principal(last), "deed").await.unwrap();
    wt_audit::record(&mut tx, "organization.create", "org_1", None, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_record_leaves_with_the_deed_and_is_seen_by_its_organization_only() {
    let (database, pool) = store().await;
    record(&pool, 'A').await;
    let mut tx = pool.begin(&principal('A'), "undone").await.unwrap();
    wt_audit::record(&mut tx, "organization.create", "org_2", None, None)
        .await
        .unwrap();
    drop(tx);
    for (last, expected) in [('A', 1_i64), ('B', 0)] {
        let mut tx = pool.begin_read(&principal(last), "read").await.unwrap();
        let seen: i64 = sqlx::query_scalar("select count(*) from tenant.audit")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(seen, expected, "{last}");
    }
    // And it is said as often as it is kept, under the organization it is kept for.
    let said: Vec<(String, String)> =
        sqlx::query_as("select tenant_key, subject from tenant.outbox")
            .fetch_all(&mut database.superuser().await.unwrap())
            .await
            .unwrap();
    let tenant = principal('A').tenant_key.unwrap().to_string();
    assert_eq!(said, [(tenant, "audit.recorded".to_owned())]);
}

#[tokio::test]
async fn a_record_can_be_neither_changed_nor_removed_by_a_service() {
    let (_database, pool) = store().await;
    record(&pool, 'A').await;
    for sql in [
        "update tenant.audit set action = 'nothing'",
        "delete from tenant.audit",
        "truncate tenant.audit",
    ] {
        let mut tx = pool.begin(&principal('A'), "forge").await.unwrap();
        assert!(sqlx::query(sql).execute(tx.conn()).await.is_err(), "{sql}");
    }
}
