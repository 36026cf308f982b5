//! `report.logos`.

use wt_pg::{PgFault, TenantTx};

/// The picture above an organization's documents, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogoRow {
    pub(crate) width: i32,
    pub(crate) height: i32,
    pub(crate) sha256: String,
}

/// What is known of the organization's logo, if it has one.
pub(crate) async fn find(tx: &mut TenantTx) -> Result<Option<LogoRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        LogoRow,
        "select width, height, sha256 from report.logos where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Its file.
pub(crate) async fn file(tx: &mut TenantTx) -> Result<Option<Vec<u8>>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(
        sqlx::query_scalar!("select png from report.logos where tenant_key = $1", tenant)
            .fetch_optional(tx.conn())
            .await?,
    )
}

/// Keeps a logo in the place of the one before.
pub(crate) async fn put(tx: &mut TenantTx, row: &LogoRow, png: &[u8]) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into report.logos (tenant_key, png, width, height, sha256)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_key) do update set png = $2, width = $3, height = $4, sha256 = $5",
        tenant,
        png,
        row.width,
        row.height,
        row.sha256,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets the logo.
pub(crate) async fn delete(tx: &mut TenantTx) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!("delete from report.logos where tenant_key = $1", tenant)
        .execute(tx.conn())
        .await?;
    Ok(())
}
