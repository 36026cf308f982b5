//! What the database itself says about isolation.
use anyhow::{Result, ensure};
use sqlx::{Connection, PgConnection, Row};
use wt_testkit::fleet::DATABASE;

use crate::harness::fleet::TestFleet;

/// The schemas of the services.
const SCHEMAS: [&str; 6] = ["tenant", "asset", "scan", "results", "notify", "report"];

/// Everything in the live catalogue that would let one organization see another's rows.
pub(super) async fn weaknesses(fleet: &TestFleet) -> Result<Vec<String>> {
    let mut database = PgConnection::connect(&fleet.postgres.0.url(DATABASE)).await?;
    let mut wrong = tables(&mut database).await?;
    wrong.extend(unnoticed(&mut database).await?);
    wrong.extend(roles(&mut database).await?);
    wrong.extend(without_context(&mut database).await?);
    Ok(wrong)
}

/// Every table that belongs to an organization: forced, with a policy, owned by nobody who serves.
async fn tables(database: &mut PgConnection) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let tables = sqlx::query(
        "select c.oid::regclass::text as name, c.relrowsecurity, c.relforcerowsecurity,
                exists (
                    select from pg_policy p
                    where p.polrelid = c.oid and p.polcmd = '*' and p.polroles = '{0}'
                      and pg_get_expr(p.polqual, p.polrelid) like '%tenant_key = %current_tenant()%'
                      and pg_get_expr(p.polwithcheck, p.polrelid) like '%tenant_key = %current_tenant()%'
                ) as confined,
                exists (
                    select from pg_policy p
                    where p.polrelid = c.oid and p.polroles <> array['wt_owner'::regrole::oid]
                      and pg_get_expr(p.polqual, p.polrelid) not like '%current_tenant()%'
                ) as opened,
                pg_get_userbyid(c.relowner) as owner
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_key' and not a.attisdropped
         where c.relkind in ('r', 'p') and n.nspname = any($1)",
    )
    .bind(&SCHEMAS[..])
    .fetch_all(&mut *database)
    .await?;
    ensure!(
        tables.len() > 15,
        "{} tables belong to an organization",
        tables.len()
    );
    for table in tables {
        let name: String = table.get("name");
        if !table.get::<bool, _>("relrowsecurity") || !table.get::<bool, _>("relforcerowsecurity") {
            wrong.push(format!("{name}: row-level security is not forced"));
        }
        if !table.get::<bool, _>("confined") || table.get::<bool, _>("opened") {
            wrong.push(format!("{name}: no policy confines it to one organization"));
        }
        let owner: String = table.get("owner");
        if owner != "wt_owner" {
            wrong.push(format!("{name}: owned by {owner}"));
        }
    }
    Ok(wrong)
}

/// The check itself is checked: whatever one statement takes away must be noticed.
async fn unnoticed(database: &mut PgConnection) -> Result<Vec<String>> {
    let policies = sqlx::query(
        "select p.polrelid::regclass::text as name, quote_ident(p.polname) as policy
         from pg_policy p
         join pg_class c on c.oid = p.polrelid
         join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_key' and not a.attisdropped
         where n.nspname = any($1) and p.polroles <> array['wt_owner'::regrole::oid]",
    )
    .bind(&SCHEMAS[..])
    .fetch_all(&mut *database)
    .await?;
    let mut wrong = Vec::new();
    for row in policies {
        let (table, policy): (String, String) = (row.get("name"), row.get("policy"));
        for mutation in [
            format!("drop policy {policy} on {table}"),
            format!("alter table {table} disable row level security"),
            format!("alter table {table} no force row level security"),
            format!("create policy open_door on {table} using (true)"),
            format!("alter policy {policy} on {table} using (true)"),
        ] {
            let mut tx = database.begin().await?;
            // Names come from the catalogue.
            sqlx::query(sqlx::AssertSqlSafe(mutation.clone()))
                .execute(&mut *tx)
                .await?;
            if tables(&mut tx).await?.is_empty() {
                wrong.push(format!("nothing notices: {mutation}"));
            }
            tx.rollback().await?;
        }
    }
    Ok(wrong)
}

/// The roles the services connect as: they own nothing and cannot put security aside.
async fn roles(database: &mut PgConnection) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let roles = sqlx::query(
        "select r.rolname, r.rolsuper or r.rolbypassrls or r.rolcreaterole as strong,
                (select count(*) from pg_class c where c.relowner = r.oid) as owns,
                pg_has_role(r.oid, 'wt_owner', 'member') as owner
         from pg_roles r
         where r.rolname like 'wt\\_%' and r.rolcanlogin",
    )
    .fetch_all(&mut *database)
    .await?;
    ensure!(roles.len() >= SCHEMAS.len(), "{} roles", roles.len());
    for role in roles {
        let name: String = role.get("rolname");
        if role.get::<bool, _>("strong") || role.get::<bool, _>("owner") {
            wrong.push(format!("role {name} can put row-level security aside"));
        }
        if role.get::<i64, _>("owns") > 0 {
            wrong.push(format!("role {name} owns tables"));
        }
    }
    Ok(wrong)
}

/// With no organization set, a service's own query is an error, not an empty list.
async fn without_context(database: &mut PgConnection) -> Result<Vec<String>> {
    let readable = sqlx::query(
        "select c.oid::regclass::text as name, r.rolname
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_key' and not a.attisdropped
         join pg_roles r on r.rolname like 'wt\\_%' and r.rolcanlogin
         where c.relkind in ('r', 'p') and c.relrowsecurity and n.nspname = any($1)
           and has_table_privilege(r.oid, c.oid, 'select')",
    )
    .bind(&SCHEMAS[..])
    .fetch_all(&mut *database)
    .await?;
    ensure!(readable.len() > 15, "{} readable tables", readable.len());
    let mut wrong = Vec::new();
    for row in readable {
        let (table, role): (String, String) = (row.get("name"), row.get("rolname"));
        let mut tx = database.begin().await?;
        // Names come from the catalogue.
        sqlx::query(sqlx::AssertSqlSafe(format!("set local role {role}")))
            .execute(&mut *tx)
            .await?;
        // No row of an empty table is ever held to the policy; the key's condition is.
        sqlx::query("set local enable_seqscan = off")
            .execute(&mut *tx)
            .await?;
        let read = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select 1 from {table} limit 1"
        )))
        .fetch_optional(&mut *tx)
        .await;
        if read.is_ok() {
            wrong.push(format!("{role} reads {table} without an organization"));
        }
        tx.rollback().await?;
    }
    Ok(wrong)
}
