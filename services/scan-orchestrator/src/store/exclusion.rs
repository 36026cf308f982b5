//! `scan.exclusions`: what of an organization's assets is never scanned.

use sqlx::types::Json;
use wt_pg::{PgFault, TenantTx};

use crate::domain::exclusion::ExclusionWords;

/// The organization's exclusions and their version; none until somebody writes some.
pub(crate) async fn get(tx: &mut TenantTx) -> Result<Option<(Vec<ExclusionWords>, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select exclusions as "exclusions!: Json<Vec<ExclusionWords>>", version
           from scan.exclusions where tenant_key = $1"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.exclusions.0, row.version)))
}

/// As [`get`], locked.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Option<(Vec<ExclusionWords>, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select exclusions as "exclusions!: Json<Vec<ExclusionWords>>", version
           from scan.exclusions where tenant_key = $1 for update"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.exclusions.0, row.version)))
}

/// Replaces the organization's exclusions; gives their version.
pub(crate) async fn put(tx: &mut TenantTx, exclusions: &[ExclusionWords]) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "insert into scan.exclusions (tenant_key, exclusions) values ($1, $2)
         on conflict (tenant_key) do update
         set exclusions = excluded.exclusions, version = exclusions.version + 1
         returning version",
        tenant,
        Json(exclusions) as _,
    )
    .fetch_one(tx.conn())
    .await?)
}
