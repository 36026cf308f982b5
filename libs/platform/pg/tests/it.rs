//! Rows and tenants against a real Postgres, as a service's own role.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod catalogue;

use std::{task::Poll, time::Duration};

use futures::FutureExt as _;
use sqlx::{Connection, PgConnection};
use wt_model::{Principal, TenantKey};
use wt_pg::{PgArgs, PgFault, Pool};
use wt_testkit::{Database, PrivatePostgres, database, wait};

const NOTES: &str = "
    set role wt_owner;
    create table asset.notes (tenant_key text not null, note text not null,
        constraint note_once unique (tenant_key, note));
    call platform.isolate('asset.notes');
    grant select, insert on asset.notes to wt_asset_registry;
    reset role;";

fn tenant(last: char) -> TenantKey {
    format!("org_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")
        .parse()
        .unwrap()
}

fn principal(last: char) -> Principal {
    Principal::service("asset-registry", tenant(last))
}

fn pool_of(database: &Database) -> Pool {
    let args = PgArgs {
        database_url: database.url_as("wt_asset_registry").unwrap().into(),
        pg_connections_max: 4,
        pg_acquire_ms: 2_000,
        pg_statement_ms: 5_000,
    };
    Pool::new(&args, "asset-registry", "asset").unwrap()
}

async fn with_notes() -> (Database, Pool) {
    let database = database().await.unwrap();
    sqlx::raw_sql(NOTES)
        .execute(&mut database.superuser().await.unwrap())
        .await
        .unwrap();
    let pool = pool_of(&database);
    (database, pool)
}

async fn write(pool: &Pool, as_tenant: char, of_tenant: char, note: &str) -> Result<(), PgFault> {
    let mut tx = pool.begin(&principal(as_tenant), "write").await?;
    sqlx::query("insert into asset.notes (tenant_key, note) values ($1, $2)")
        .bind(tenant(of_tenant).to_string())
        .bind(note)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

async fn read(pool: &Pool, as_tenant: char) -> Vec<String> {
    let mut tx = pool
        .begin_read(&principal(as_tenant), "read")
        .await
        .unwrap();
    let notes = sqlx::query_scalar("select note from asset.notes order by note")
        .fetch_all(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    notes
}

/// Begins a transaction and goes away after a moment of it, as a request does whose caller left.
async fn begin_and_leave(begin: impl Future, polls: usize) {
    let mut begin = std::pin::pin!(begin);
    let mut left = polls;
    std::future::poll_fn(|context| {
        let ended = begin.as_mut().poll(context).is_ready();
        left = left.saturating_sub(1);
        if ended || left == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[tokio::test]
async fn who_leaves_while_it_begins_leaves_no_transaction_behind() {
    let (_database, pool) = with_notes().await;
    for polls in [1, 2, 3, 1, 2, 3, 1, 2, 3] {
        let ann = principal('A');
        begin_and_leave(pool.begin(&ann, "left"), polls).await;
        begin_and_leave(pool.begin_platform("left"), polls).await;
        // As many as there are connections: whichever was left is among them.
        let mut open = Vec::new();
        for _ in 0..4 {
            let mut tx = pool.begin_platform("next").await.unwrap();
            let of: Option<String> =
                sqlx::query_scalar("select nullif(current_setting('app.tenant_key', true), '')")
                    .fetch_one(tx.conn())
                    .await
                    .unwrap();
            assert_eq!(of, None, "the next one is in the organization of who left");
            open.push(tx);
        }
    }
}

#[tokio::test]
async fn a_tenant_sees_and_writes_its_own_rows_only() {
    let (_database, pool) = with_notes().await;
    write(&pool, 'A', 'A', "mine").await.unwrap();
    write(&pool, 'B', 'B', "theirs").await.unwrap();
    assert_eq!(read(&pool, 'A').await, ["mine"]);
    assert_eq!(read(&pool, 'B').await, ["theirs"]);
    let smuggled = write(&pool, 'A', 'B', "smuggled").await.unwrap_err();
    assert!(matches!(smuggled, PgFault::Internal { .. }), "{smuggled:?}");
    assert_eq!(read(&pool, 'B').await, ["theirs"]);
}

#[tokio::test]
async fn without_a_tenant_a_row_is_an_error_and_not_an_empty_list() {
    let (_database, pool) = with_notes().await;
    write(&pool, 'A', 'A', "mine").await.unwrap();
    let mut tx = pool.begin_platform("read").await.unwrap();
    let read = sqlx::query("select note from asset.notes")
        .fetch_all(tx.conn())
        .await;
    assert!(
        format!("{read:?}").contains("no tenant context"),
        "{read:?}"
    );
    let nowhere = Principal {
        tenant_key: None,
        ..principal('A')
    };
    assert!(matches!(
        pool.begin(&nowhere, "read").await,
        Err(PgFault::NoTenant)
    ));
}

#[tokio::test]
async fn a_tenant_ends_with_its_transaction() {
    let (database, _) = with_notes().await;
    let args = PgArgs {
        database_url: database.url_as("wt_asset_registry").unwrap().into(),
        pg_connections_max: 1,
        pg_acquire_ms: 2_000,
        pg_statement_ms: 5_000,
    };
    let pool = Pool::new(&args, "asset-registry", "asset").unwrap();
    write(&pool, 'A', 'A', "mine").await.unwrap();
    // The same connection, used next without a tenant, and then by another.
    let mut tx = pool.begin_platform("read").await.unwrap();
    assert!(
        sqlx::query("select note from asset.notes")
            .fetch_all(tx.conn())
            .await
            .is_err()
    );
    drop(tx);
    assert!(read(&pool, 'B').await.is_empty());
}

#[tokio::test]
async fn what_is_not_committed_did_not_happen() {
    let (_database, pool) = with_notes().await;
    let mut tx = pool.begin(&principal('A'), "write").await.unwrap();
    sqlx::query("insert into asset.notes (tenant_key, note) values ($1, 'lost')")
        .bind(tenant('A').to_string())
        .execute(tx.conn())
        .await
        .unwrap();
    drop(tx);
    assert!(read(&pool, 'A').await.is_empty());
}

#[tokio::test]
async fn a_reading_transaction_cannot_write() {
    let (_database, pool) = with_notes().await;
    let mut tx = pool.begin_read(&principal('A'), "write").await.unwrap();
    let written = sqlx::query("insert into asset.notes (tenant_key, note) values ($1, 'no')")
        .bind(tenant('A').to_string())
        .execute(tx.conn())
        .await;
    assert!(written.is_err());
}

#[tokio::test]
async fn a_named_constraint_can_be_told_by_its_name() {
    let (_database, pool) = with_notes().await;
    write(&pool, 'A', 'A', "once").await.unwrap();
    let again = write(&pool, 'A', 'A', "once").await.unwrap_err();
    assert_eq!(wt_pg::constraint(&again), Some("note_once"));
    // The same value in another organization is another value.
    write(&pool, 'B', 'B', "once").await.unwrap();
}

#[tokio::test]
async fn a_service_reaches_no_other_services_schema_and_makes_nothing() {
    let (_database, pool) = with_notes().await;
    for sql in [
        "create table asset.mine (n int)",
        "create table public.mine (n int)",
        "set role wt_owner",
        "drop table asset.notes",
        "alter table asset.notes disable row level security",
        "select * from results._sqlx_migrations",
        "call platform.isolate('asset.notes')",
    ] {
        let mut tx = pool.begin(&principal('A'), "trespass").await.unwrap();
        assert!(sqlx::query(sql).execute(tx.conn()).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn no_login_role_bypasses_row_security_or_owns_anything() {
    let database = database().await.unwrap();
    let strong: Vec<String> = sqlx::query_scalar(
        "select r.rolname::text from pg_roles r
         where r.rolname like 'wt\\_%' and r.rolcanlogin
           and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
                or pg_has_role(r.rolname, 'wt_owner', 'member')
                or exists (select from pg_class c where c.relowner = r.oid))",
    )
    .fetch_all(&mut database.superuser().await.unwrap())
    .await
    .unwrap();
    assert_eq!(strong, Vec::<String>::new());
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = database().await.unwrap();
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations");
    wt_pg::migrate(database.superuser_url(), &dir)
        .await
        .unwrap();
}

#[tokio::test]
async fn migrating_takes_the_notifications_of_an_old_outbox_away() {
    let database = database().await.unwrap();
    let mut superuser = database.superuser().await.unwrap();
    let old = "set role wt_owner;
        create function asset.outbox_notify() returns trigger language plpgsql
            as $f$ begin perform pg_notify('asset_outbox', ''); return null; end $f$;
        create trigger outbox_notify after insert on asset.outbox
            for each statement execute function asset.outbox_notify();
        reset role";
    sqlx::raw_sql(old).execute(&mut superuser).await.unwrap();
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations");
    wt_pg::migrate(database.superuser_url(), &dir)
        .await
        .unwrap();
    let left: Vec<String> = sqlx::query_scalar(
        "select oid::regprocedure::text from pg_proc
         where prosrc like '%pg_notify%' and pronamespace <> 'pg_catalog'::regnamespace",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert!(
        left.is_empty(),
        "serialise the commits of the server: {left:?}"
    );
}

#[tokio::test]
async fn the_bell_rings_for_committed_news_and_for_nothing_else() {
    let (_database, pool) = with_notes().await;
    let has_rung = || pool.news().now_or_never().is_some();
    write(&pool, 'A', 'A', "no news").await.unwrap();
    assert!(!has_rung());
    let mut lost = pool.begin(&principal('A'), "roll back").await.unwrap();
    lost.note_news();
    drop(lost);
    assert!(!has_rung());
    let mut one = pool.begin(&principal('A'), "tell").await.unwrap();
    let mut other = pool.begin(&principal('B'), "tell").await.unwrap();
    one.note_news();
    other.note_news();
    assert!(!has_rung(), "not before it is committed");
    one.commit().await.unwrap();
    other.commit().await.unwrap();
    assert!(has_rung(), "also when nobody listened at that moment");
    assert!(!has_rung(), "once for all there is");
    let mut record = pool.begin(&principal('A'), "record").await.unwrap();
    record.note_record();
    record.commit().await.unwrap();
    assert!(!has_rung(), "records have a bell of their own");
    assert!(pool.records().now_or_never().is_some());
}

#[tokio::test]
async fn a_killed_database_is_unavailable_and_comes_back() {
    let mut postgres = PrivatePostgres::start().await.unwrap();
    let mut connection = PgConnection::connect(postgres.database().superuser_url())
        .await
        .unwrap();
    sqlx::raw_sql(NOTES).execute(&mut connection).await.unwrap();
    let pool = pool_of(postgres.database());
    write(&pool, 'A', 'A', "kept").await.unwrap();
    postgres.kill().await.unwrap();
    let away = pool.begin(&principal('A'), "read").await.unwrap_err();
    assert!(matches!(away, PgFault::Unavailable { .. }), "{away:?}");
    postgres.restart().await.unwrap();
    wait::until(
        Duration::from_mins(1),
        "the pool to find the server again",
        || async { pool.begin(&principal('A'), "read").await.ok() },
    )
    .await;
    assert_eq!(read(&pool, 'A').await, ["kept"]);
}

/// Tables of the services that hold no organization's rows. May only shrink, or say why.
const WITHOUT_TENANT: &[&str] = &[
    // Comes with the data keys of organizations (platform.give_data_keys); holds nothing.
    "notify.private_data_keys",
    // What FIRST and CISA publish about CVEs is nobody's own (docs/guides/risk.md).
    "results.epss",
    "results.feeds",
    "results.kev",
    // The keys of the installation's ledger, signed and public (docs/contracts/ledger-keys.md).
    "results.ledger_successions",
    // People and their sign-ins belong to no organization (migrations/tenant).
    "tenant.challenges",
    "tenant.device_codes",
    // Staff looking with a person's eyes: found by a session, told in the organization's audit.
    "tenant.impersonations",
    "tenant.mail_links",
    "tenant.passkeys",
    "tenant.platform_admins",
    // Wrapped keys of people's own secrets.
    "tenant.private_data_keys",
    "tenant.recovery_codes",
    "tenant.refresh_tokens",
    "tenant.sessions",
    "tenant.signing_keys",
    // Sign-ins under way at a provider, before anybody is known.
    "tenant.sso_attempts",
    "tenant.totp",
    "tenant.users",
];

const OUR_TABLES: &str = "
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and c.relname <> '_sqlx_migrations'
      and n.nspname in ('tenant', 'asset', 'scan', 'results', 'notify', 'report', 'platform')";

async fn names(sql: String) -> Vec<String> {
    let database = database().await.unwrap();
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .fetch_all(&mut database.superuser().await.unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn every_table_forces_row_security_or_is_on_the_list() {
    let database = database().await.unwrap();
    let unforced = catalogue::unforced(&mut database.superuser().await.unwrap()).await;
    assert_eq!(unforced, WITHOUT_TENANT);
}

#[tokio::test]
async fn every_policy_of_a_service_is_about_the_tenant_of_the_transaction() {
    let database = database().await.unwrap();
    let odd = catalogue::odd_policies(&mut database.superuser().await.unwrap()).await;
    assert_eq!(odd, Vec::<String>::new());
}

#[tokio::test]
async fn what_runs_as_the_owner_is_narrow() {
    let odd = names(
        "select p.oid::regprocedure::text from pg_proc p
         join pg_namespace n on n.oid = p.pronamespace
         where p.prosecdef and n.nspname !~ '^(pg_|information_schema)'
           and (p.proconfig is null
                or not exists (select from unnest(p.proconfig) c where c like 'search_path=pg_catalog%')
                or has_function_privilege('public', p.oid, 'execute')
                or p.proowner <> 'wt_owner'::regrole)"
            .to_owned(),
    )
    .await;
    assert_eq!(odd, Vec::<String>::new());
}
