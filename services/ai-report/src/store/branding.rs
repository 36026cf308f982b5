//! `report.branding`.

use wt_pg::{PgFault, TenantTx};

/// How an organization's documents look, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct BrandingRow {
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) footer: String,
}

/// The organization's own look, if it has one.
pub(crate) async fn find(tx: &mut TenantTx) -> Result<Option<BrandingRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        BrandingRow,
        "select name, color, footer from report.branding where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Keeps the organization's look.
pub(crate) async fn put(tx: &mut TenantTx, row: &BrandingRow) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into report.branding (tenant_key, name, color, footer) values ($1, $2, $3, $4)
         on conflict (tenant_key) do update set name = $2, color = $3, footer = $4",
        tenant,
        row.name,
        row.color,
        row.footer,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
