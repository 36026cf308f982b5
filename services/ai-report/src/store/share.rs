//! `report.shares`.

use time::OffsetDateTime;
use wt_model::{ReportId, ReportShareId, TenantKey};
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::{domain::share::ShareToken, error::ReportFault};

/// A link as people see it; its token is not among what is read.
#[derive(Debug, Clone)]
pub(crate) struct ShareRow {
    pub(crate) id: String,
    pub(crate) report_id: String,
    pub(crate) created_by: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) revoked_at: Option<OffsetDateTime>,
    pub(crate) opened: i64,
    pub(crate) last_opened_at: Option<OffsetDateTime>,
}

/// Keeps a new link, unless the report has `most` that work.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    row: &ShareRow,
    token: &ShareToken,
    most: i64,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into report.shares
             (tenant_key, id, report_id, token_sha256, created_by, created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, $7
         where (select count(*) from report.shares
                where tenant_key = $1 and report_id = $3 and revoked_at is null
                  and expires_at > now()) < $8",
        tenant,
        row.id,
        row.report_id,
        token.hash(),
        row.created_by,
        row.created_at,
        row.expires_at,
        most,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The newest links of a report, ended ones too.
pub(crate) async fn list(
    tx: &mut TenantTx,
    report: ReportId,
    most: i64,
) -> Result<Vec<ShareRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ShareRow,
        "select id, report_id, created_by, created_at, expires_at, revoked_at, opened, last_opened_at
         from report.shares
         where tenant_key = $1 and report_id = $2
         order by created_at desc, id desc
         limit $3",
        tenant,
        report.to_string(),
        most,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// One link of a report, kept from others until the transaction ends.
pub(crate) async fn lock(
    tx: &mut TenantTx,
    report: ReportId,
    id: ReportShareId,
) -> Result<Option<ShareRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ShareRow,
        "select id, report_id, created_by, created_at, expires_at, revoked_at, opened, last_opened_at
         from report.shares
         where tenant_key = $1 and report_id = $2 and id = $3
         for update",
        tenant,
        report.to_string(),
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Ends a link.
pub(crate) async fn revoke(
    tx: &mut TenantTx,
    id: ReportShareId,
    at: OffsetDateTime,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update report.shares set revoked_at = $3
         where tenant_key = $1 and id = $2 and revoked_at is null",
        tenant,
        id.to_string(),
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whose link a token opens, if it opens one.
pub(crate) async fn owner(
    tx: &mut PlatformTx,
    token: &ShareToken,
) -> Result<Option<(TenantKey, String)>, ReportFault> {
    let row = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!" from report.shared($1)"#,
        token.hash(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    row.map(|row| {
        let place = format!("report.shares.tenant_key of {}", row.id);
        let tenant = row.tenant_key.parse();
        let tenant = tenant.map_err(|error| ReportFault::inconsistent(place, error))?;
        Ok((tenant, row.id))
    })
    .transpose()
}

/// An opening that was counted.
#[derive(Debug)]
pub(crate) struct Opening {
    /// Of which report.
    pub(crate) report_id: String,
    /// How many there were, this one included.
    pub(crate) opened: i64,
    /// Whether it is to be put on the record: the first, and then one an hour.
    pub(crate) is_told: bool,
}

/// Counts an opening of a link that works.
pub(crate) async fn open(tx: &mut TenantTx, id: &str) -> Result<Option<Opening>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        Opening,
        r#"update report.shares
           set opened = opened + 1, last_opened_at = now(),
               recorded_at = case when recorded_at > now() - interval '1 hour'
                                  then recorded_at else now() end
           where tenant_key = $1 and id = $2 and revoked_at is null and expires_at > now()
           returning report_id, opened, recorded_at = last_opened_at as "is_told!""#,
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?)
}
