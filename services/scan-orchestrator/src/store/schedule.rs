//! `scan.schedules`: when scans are requested by themselves.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::{ScanScheduleId, TenantKey};
use wt_pg::{PgFault, PlatformTx, TenantTx};
use wt_proto::scan;

use super::run::tenant;
use crate::error::ScanFault;

/// A schedule as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct ScheduleRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) profile: String,
    pub(crate) policy: String,
    pub(crate) asset_ids: Vec<String>,
    pub(crate) ports: String,
    pub(crate) pool: String,
    pub(crate) every: String,
    pub(crate) weekday: i32,
    pub(crate) day: i32,
    pub(crate) at: String,
    pub(crate) zone: String,
    pub(crate) paused: bool,
    pub(crate) next_at: OffsetDateTime,
    pub(crate) last_at: Option<OffsetDateTime>,
    pub(crate) last_run_id: String,
    pub(crate) last_skipped: String,
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
        "insert into scan.schedules
             (tenant_key, id, name, profile, policy, asset_ids, ports, pool, every, weekday, day, at,
              zone, paused, next_at, created_by, created_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
         where (select count(*) from scan.schedules where tenant_key = $1) < $18",
        tenant,
        row.id,
        row.name,
        row.profile,
        row.policy,
        &row.asset_ids,
        row.ports,
        row.pool,
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
        "select id, name, profile, policy, asset_ids, ports, pool, every, weekday, day, at, zone, paused,
                next_at, last_at, last_run_id, last_skipped, created_by, created_at
         from scan.schedules
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
    id: ScanScheduleId,
) -> Result<Option<ScheduleRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ScheduleRow,
        "select id, name, profile, policy, asset_ids, ports, pool, every, weekday, day, at, zone, paused,
                next_at, last_at, last_run_id, last_skipped, created_by, created_at
         from scan.schedules
         where tenant_key = $1 and id = $2
         for update",
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Replaces what a schedule asks for and when.
pub(crate) async fn update(tx: &mut TenantTx, row: &ScheduleRow) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update scan.schedules
         set name = $3, profile = $4, policy = $5, asset_ids = $6, ports = $7, pool = $8, every = $9,
             weekday = $10, day = $11, at = $12, zone = $13, paused = $14, next_at = $15,
             leased_until = '-infinity'
         where tenant_key = $1 and id = $2",
        tenant,
        row.id,
        row.name,
        row.profile,
        row.policy,
        &row.asset_ids,
        row.ports,
        row.pool,
        row.every,
        row.weekday,
        row.day,
        row.at,
        row.zone,
        row.paused,
        row.next_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets a schedule.
pub(crate) async fn delete(tx: &mut TenantTx, id: ScanScheduleId) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from scan.schedules where tenant_key = $1 and id = $2",
        tenant,
        id.to_string(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What became of a time that came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    /// That was next until now.
    pub(crate) was: OffsetDateTime,
    pub(crate) at: OffsetDateTime,
    /// Empty for none, and why there is none.
    pub(crate) run_id: String,
    pub(crate) skipped: String,
    pub(crate) next_at: OffsetDateTime,
}

/// Notes what became of a time, unless somebody changed the schedule meanwhile.
pub(crate) async fn came(
    tx: &mut TenantTx,
    id: ScanScheduleId,
    came: &Came,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update scan.schedules
         set last_at = $4, last_run_id = $5, last_skipped = $6, next_at = $7, leased_until = '-infinity'
         where tenant_key = $1 and id = $2 and next_at = $3",
        tenant,
        id.to_string(),
        came.was,
        came.at,
        came.run_id,
        came.skipped,
        came.next_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A run of the schedule that has not ended, other than the one of this idempotency key.
pub(crate) async fn unended_run(
    tx: &mut TenantTx,
    id: ScanScheduleId,
    but: &str,
) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "select id from scan.runs
         where tenant_key = $1 and schedule_id = $2
           and state in ('created', 'queued', 'running', 'processing')
           and idempotency_key is distinct from $3
         order by seq desc
         limit 1",
        tenant,
        id.to_string(),
        but,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// The schedule that requested a run, if one did and is kept.
pub(crate) async fn of_run(
    tx: &mut TenantTx,
    run_id: &str,
) -> Result<Option<scan::ScheduleRef>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        scan::ScheduleRef,
        "select s.id, s.name
         from scan.runs r
         join scan.schedules s on s.tenant_key = $1 and s.id = r.schedule_id
         where r.tenant_key = $1 and r.id = $2",
        tenant,
        run_id,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Takes due schedules of any organization for `lease`; keys only.
pub(crate) async fn claim(
    tx: &mut PlatformTx,
    limit: i32,
    lease: Duration,
) -> Result<Vec<(TenantKey, ScanScheduleId)>, ScanFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!"
           from scan.claim_schedules($1, make_interval(secs => $2))"#,
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| {
            let id = row.id.parse().map_err(|_| ScanFault::Inconsistent {
                place: format!("scan.schedules.id {}", row.id),
            })?;
            Ok((tenant(&row.tenant_key)?, id))
        })
        .collect()
}
