//! Who was heard of, and jobs nobody was heard of.

use wt_model::TenantKey;
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::{error::ScanFault, store::run::tenant};

/// Notes that workers were heard of; cells never go back, and an old attempt says nothing.
pub(crate) async fn note_progress(
    tx: &mut TenantTx,
    ids: &[String],
    attempts: &[i32],
    cells: &[i64],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update scan.jobs j
         set heartbeat_at = now(),
             cells_settled = least(j.cells_planned, greatest(j.cells_settled, n.cells))
         from unnest($2::text[], $3::integer[], $4::bigint[]) as n (id, attempt, cells)
         where j.tenant_key = $1 and j.id = n.id and j.attempt = n.attempt and j.state = 'running'",
        tenant,
        ids,
        attempts,
        cells,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Newest checkpoints as workers told them, one for one.
#[derive(Default)]
pub(crate) struct Checkpoints {
    pub(crate) ids: Vec<String>,
    pub(crate) attempts: Vec<i32>,
    /// Cells that are settled in it.
    pub(crate) cells: Vec<i64>,
    /// Artifact.
    pub(crate) keys: Vec<String>,
}

/// Notes from where the next attempt may go on: what the newest attempt kept, never less of it
/// than before, and nothing but an artifact of the job's own run.
pub(crate) async fn note_checkpoints(tx: &mut TenantTx, told: &Checkpoints) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update scan.jobs j
         set checkpoint = n.key, checkpoint_attempt = n.attempt, checkpoint_cells = n.cells
         from unnest($2::text[], $3::integer[], $4::bigint[], $5::text[])
              as n (id, attempt, cells, key)
         where j.tenant_key = $1 and j.id = n.id and j.attempt = n.attempt and j.state = 'running'
           and (n.attempt, n.cells) > (j.checkpoint_attempt, j.checkpoint_cells)
           and n.key like 't/' || $1 || '/' || j.run_id || '/%' and length(n.key) <= 200",
        tenant,
        &told.ids,
        &told.attempts,
        &told.cells,
        &told.keys,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Jobs nobody was heard of, of any organization: keys only (SECURITY DEFINER).
pub(crate) async fn without_progress(
    tx: &mut PlatformTx,
    silence_seconds: f64,
    limit: i32,
) -> Result<Vec<(TenantKey, String)>, ScanFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", job_id as "job_id!"
           from scan.jobs_without_progress(make_interval(secs => $1), $2)"#,
        silence_seconds,
        limit,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| Ok((tenant(&row.tenant_key)?, row.job_id)))
        .collect()
}

/// A silent job, taken to be dispatched or announced again, with what is said of its run.
pub(crate) struct Silent {
    pub(crate) envelope: Vec<u8>,
    /// Of a job whose result was accepted and not yet applied.
    pub(crate) accepted: Option<Vec<u8>>,
    /// The number of this dispatch.
    pub(crate) dispatches: i32,
    pub(crate) run_seq: i64,
    pub(crate) run_kind: String,
    pub(crate) profile: String,
    pub(crate) requested_by: String,
    pub(crate) requested_at: time::OffsetDateTime,
    pub(crate) pool: String,
}

/// Takes a silent job of a run that goes on; nothing when it was heard of meanwhile.
pub(crate) async fn redispatch(
    tx: &mut TenantTx,
    id: &str,
    silence_seconds: f64,
) -> Result<Option<Silent>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        Silent,
        "update scan.jobs j set dispatched_at = now(), dispatches = dispatches + 1
         from scan.runs r
         where j.tenant_key = $1 and j.id = $2 and j.state in ('queued', 'running', 'processing')
           and greatest(j.dispatched_at, coalesce(j.heartbeat_at, j.dispatched_at))
               < now() - make_interval(secs => $3)
           and r.tenant_key = $1 and r.id = j.run_id
           and r.state in ('queued', 'running', 'processing')
         returning j.envelope, j.accepted, j.dispatches, r.seq as run_seq, r.kind as run_kind,
                   r.profile, r.requested_by, r.created_at as requested_at, r.pool",
        tenant,
        id,
        silence_seconds,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Fails a job that is left of a run that ended: nobody waits for it, and without an end it would
/// be said again for ever. False when its run goes on or it ended meanwhile.
pub(crate) async fn fail_left_over(
    tx: &mut TenantTx,
    id: &str,
    reason: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update scan.jobs j set state = 'failed', reason = $3, finished_at = now()
         from scan.runs r
         where j.tenant_key = $1 and j.id = $2 and j.state in ('queued', 'running', 'processing')
           and r.tenant_key = $1 and r.id = j.run_id
           and r.state in ('completed', 'partial', 'failed', 'cancelled')",
        tenant,
        id,
        reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}
