//! `scan.windows`: when an organization's assets may be scanned.

use sqlx::types::Json;
use wt_pg::{PgFault, TenantTx};

use crate::domain::window::RuleWords;

/// The organization's rules and their version; none until somebody writes some.
pub(crate) async fn get(tx: &mut TenantTx) -> Result<Option<(Vec<RuleWords>, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select rules as "rules!: Json<Vec<RuleWords>>", version
           from scan.windows where tenant_key = $1"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.rules.0, row.version)))
}

/// As [`get`], locked.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Option<(Vec<RuleWords>, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select rules as "rules!: Json<Vec<RuleWords>>", version
           from scan.windows where tenant_key = $1 for update"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.rules.0, row.version)))
}

/// Replaces the organization's rules; gives their version.
pub(crate) async fn put(tx: &mut TenantTx, rules: &[RuleWords]) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "insert into scan.windows (tenant_key, rules) values ($1, $2)
         on conflict (tenant_key) do update
         set rules = excluded.rules, version = windows.version + 1
         returning version",
        tenant,
        Json(rules) as _,
    )
    .fetch_one(tx.conn())
    .await?)
}
