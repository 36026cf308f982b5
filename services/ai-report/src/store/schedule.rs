//! `report.schedules`.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::{ReportScheduleId, TenantKey};
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::error::ReportFault;

/// A schedule as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct ScheduleRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) filter: String,
    pub(crate) view_name: String,
    pub(crate) every: String,
    pub(crate) weekday: i32,
    pub(crate) day: i32,
    pub(crate) at: String,
    pub(crate) zone: String,
    pub(crate) paused: bool,
    pub(crate) next_at: OffsetDateTime,
    pub(crate) created_by: String,
    pub(crate) created_at: OffsetDateTime,
}

/// Keeps a new schedule unless the organization has `most`.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    row: &ScheduleRow,
    most: i64,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into report.schedules
             (tenant_key, id, name, kind, filter, view_name, every, weekday, day, at, zone, paused,
              next_at, created_by, created_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
         where (select count(*) from report.schedules where tenant_key = $1) < $16",
        tenant,
        row.id,
        row.name,
        row.kind,
        row.filter,
        row.view_name,
        row.every,
        row.weekday,
        row.day,
        row.at,
        row.zone,
        row.paused,
        row.next_at,
        row.created_by,
        row.created_at,
        most,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every schedule of the organization, by name.
pub(crate) async fn list(tx: &mut TenantTx) -> Result<Vec<ScheduleRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ScheduleRow,
        "select id, name, kind, filter, view_name, every, weekday, day, at, zone, paused, next_at,
                created_by, created_at
         from report.schedules
         where tenant_key = $1
         order by name, id",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// One schedule, kept from others until the transaction ends.
pub(crate) async fn lock(
    tx: &mut TenantTx,
    id: ReportScheduleId,
) -> Result<Option<ScheduleRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ScheduleRow,
        "select id, name, kind, filter, view_name, every, weekday, day, at, zone, paused, next_at,
                created_by, created_at
         from report.schedules
         where tenant_key = $1 and id = $2
         for update",
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// When it comes next, and whether it comes at all.
pub(crate) async fn update(
    tx: &mut TenantTx,
    id: ReportScheduleId,
    next_at: OffsetDateTime,
    paused: bool,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update report.schedules
         set next_at = $3, paused = $4, leased_until = '-infinity'
         where tenant_key = $1 and id = $2",
        tenant,
        id.to_string(),
        next_at,
        paused,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets a schedule.
pub(crate) async fn delete(tx: &mut TenantTx, id: ReportScheduleId) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from report.schedules where tenant_key = $1 and id = $2",
        tenant,
        id.to_string(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes due schedules of any organization for `lease`; keys only.
pub(crate) async fn claim(
    tx: &mut PlatformTx,
    limit: i32,
    lease: Duration,
) -> Result<Vec<(TenantKey, ReportScheduleId)>, ReportFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!"
           from report.claim_schedules($1, make_interval(secs => $2))"#,
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| {
            let place = |column: &str| format!("report.schedules.{column} of {}", row.id);
            let tenant = row
                .tenant_key
                .parse()
                .map_err(|error| ReportFault::inconsistent(place("tenant_key"), error))?;
            let id = row
                .id
                .parse()
                .map_err(|error| ReportFault::inconsistent(place("id"), error))?;
            Ok((tenant, id))
        })
        .collect()
}
