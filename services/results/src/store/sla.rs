//! `results.sla_terms`: an organization's own terms.
use wt_pg::{PgFault, TenantRead, TenantTx};
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

/// The terms that hold: the organization's own, else the usual ones. In one round trip.
pub(crate) async fn read(read: &mut TenantRead) -> Result<Terms, PgFault> {
    let tenant = read.tenant_key().to_string();
    let row = sqlx::query_scalar!(
        r#"select s.terms as "terms!: Vec<Option<i16>>"
           from (select set_config('app.tenant_key', $1, true) as tenant_key) c
           cross join lateral (
               select t.terms from results.sla_terms t where t.tenant_key = c.tenant_key limit 1
           ) s"#,
        tenant,
    )
    .fetch_optional(read.conn())
    .await?;
    Ok(row.map_or_else(Terms::default, |row| sla::terms(&row)))
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
