//! What the catalogue of a migrated database says about isolation, and that the questions asked of
//! it are sharp: whatever one statement takes away is noticed.
use sqlx::{Acquire as _, AssertSqlSafe, PgConnection, Row as _};
use wt_testkit::database;

use crate::{OUR_TABLES, WITHOUT_TENANT};

/// Tables that do not force row security, or have no policy, by name.
pub(crate) async fn unforced(conn: &mut PgConnection) -> Vec<String> {
    let sql = format!(
        "select n.nspname || '.' || c.relname {OUR_TABLES}
           and not (c.relrowsecurity and c.relforcerowsecurity
                    and exists (select from pg_policy p where p.polrelid = c.oid))
         order by 1"
    );
    names(conn, sql).await
}

/// Tables that are a part of another and can be reached by themselves, where the other's rules do
/// not hold, or whose owner is not the other's.
async fn open_parts(conn: &mut PgConnection) -> Vec<String> {
    let sql = format!(
        "select n.nspname || '.' || c.relname {OUR_TABLES} and c.relispartition
           and (c.relowner <> 'wt_owner'::regrole
                or exists (select from aclexplode(c.relacl) g where g.grantee <> c.relowner))
         order by 1"
    );
    names(conn, sql).await
}

/// Policies that open a row for anything but the tenant of the transaction.
pub(crate) async fn odd_policies(conn: &mut PgConnection) -> Vec<String> {
    let sql = "select p.schemaname || '.' || p.tablename || ': ' || p.policyname from pg_policies p
         where not (p.roles = array['wt_owner']::name[])
           and (p.qual is distinct from
                    '(tenant_key = ( SELECT platform.current_tenant() AS current_tenant))'
                or p.with_check is distinct from p.qual)";
    names(conn, sql.to_owned()).await
}

/// Tables of a tenant that no policy of the services is about.
async fn unconfined(conn: &mut PgConnection) -> Vec<String> {
    let sql = format!(
        "select n.nspname || '.' || c.relname {OUR_TABLES} and c.relrowsecurity
           and not exists (select from pg_policy p where p.polrelid = c.oid
                and p.polcmd = '*' and p.polroles <> array['wt_owner'::regrole::oid])"
    );
    names(conn, sql).await
}

async fn names(conn: &mut PgConnection, sql: String) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(conn)
        .await
        .unwrap()
}

/// Everything the tests of tenancy ask of the catalogue.
async fn notices_nothing(conn: &mut PgConnection) -> bool {
    unforced(conn).await == WITHOUT_TENANT
        && odd_policies(conn).await.is_empty()
        && unconfined(conn).await.is_empty()
        && open_parts(conn).await.is_empty()
}

/// Makes a change, sees that a question notices it, and takes it back.
async fn is_noticed(conn: &mut PgConnection, mutation: String) {
    let mut tx = conn.begin().await.unwrap();
    // Names come from the catalogue.
    sqlx::raw_sql(AssertSqlSafe(mutation.clone()))
        .execute(&mut *tx)
        .await
        .unwrap();
    assert!(
        !notices_nothing(&mut tx).await,
        "nothing notices: {mutation}"
    );
    tx.rollback().await.unwrap();
}

/// Every table of a tenant with its one policy.
async fn policies(conn: &mut PgConnection) -> Vec<(String, String)> {
    let sql = format!(
        "select format('%I.%I', n.nspname, c.relname) as name, quote_ident(p.polname) as policy
         {OUR_TABLES}"
    )
    .replace(
        "from pg_class c",
        "from pg_policy p join pg_class c on c.oid = p.polrelid",
    );
    let rows = sqlx::query(AssertSqlSafe(format!(
        "{sql} and p.polroles <> array['wt_owner'::regrole::oid] order by 1"
    )))
    .fetch_all(conn)
    .await
    .unwrap();
    rows.iter()
        .map(|row| (row.get("name"), row.get("policy")))
        .collect()
}

#[tokio::test]
async fn whatever_one_statement_takes_from_a_tenants_table_is_noticed() {
    let database = database().await.unwrap();
    let mut conn = database.superuser().await.unwrap();
    assert!(notices_nothing(&mut conn).await, "it is well as it is");
    let policies = policies(&mut conn).await;
    assert!(policies.len() > 30, "{} policies", policies.len());
    for (table, policy) in policies {
        for mutation in [
            format!("drop policy {policy} on {table}"),
            format!("alter table {table} disable row level security"),
            format!("alter table {table} no force row level security"),
            format!("create policy open_door on {table} using (true)"),
            format!("create policy open_door on {table} for select to wt_tenant using (true)"),
            format!("alter policy {policy} on {table} using (true)"),
            format!("alter policy {policy} on {table} with check (true)"),
            format!("alter policy {policy} on {table} to wt_owner"),
        ] {
            is_noticed(&mut conn, mutation).await;
        }
    }
}

#[tokio::test]
async fn a_part_of_a_table_that_is_open_by_itself_is_noticed() {
    let database = database().await.unwrap();
    let mut conn = database.superuser().await.unwrap();
    assert_eq!(open_parts(&mut conn).await, Vec::<String>::new());
    let parts =
        format!("select format('%I.%I', n.nspname, c.relname) {OUR_TABLES} and c.relispartition");
    let parts = names(&mut conn, parts).await;
    assert!(parts.len() >= 5, "the history is kept by month: {parts:?}");
    for part in parts {
        for mutation in [
            format!("grant select on {part} to wt_results"),
            format!("grant insert on {part} to public"),
            format!("alter table {part} owner to wt_results"),
        ] {
            is_noticed(&mut conn, mutation).await;
        }
    }
}

/// A table that somebody adds and forgets to isolate.
#[tokio::test]
async fn a_table_that_was_never_isolated_is_noticed() {
    let database = database().await.unwrap();
    let mut conn = database.superuser().await.unwrap();
    for made in [
        "create table asset.forgotten (tenant_key text not null)",
        "create table asset.forgotten (note text not null)",
        "create table asset.forgotten (tenant_key text not null);
         alter table asset.forgotten enable row level security, force row level security",
    ] {
        is_noticed(&mut conn, made.to_owned()).await;
    }
}
