//! `results.sla_terms`: an organization's own terms.
use wt_pg::{PgFault, TenantTx};
use wt_risk::Terms;

use crate::domain::sla;

/// The organization's own terms and their version, locked; none where it has the usual ones.
pub(crate) async fn lock(tx: &mut TenantTx) -> Result<Option<(Terms, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select terms as "terms!: Vec<Option<i16>>", version
           from results.sla_terms where tenant_key = $1 for update"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (sla::terms(&row.terms), row.version)))
}

/// As [`lock`], and locks nothing.
pub(crate) async fn get(tx: &mut TenantTx) -> Result<Option<(Terms, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select terms as "terms!: Vec<Option<i16>>", version
           from results.sla_terms where tenant_key = $1"#,
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (sla::terms(&row.terms), row.version)))
}

/// Writes the organization's terms; gives their version.
pub(crate) async fn put(tx: &mut TenantTx, terms: &Terms) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "insert into results.sla_terms (tenant_key, terms) values ($1, $2)
         on conflict (tenant_key) do update
         set terms = excluded.terms, version = sla_terms.version + 1
         returning version",
        tenant,
        &sla::stored(terms) as &[Option<i16>],
    )
    .fetch_one(tx.conn())
    .await?)
}
