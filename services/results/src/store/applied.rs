//! `results.applied`: which jobs' results were applied or refused, once each.
use serde_json::Value;
use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};
use wt_proto::event::ScanApplied;

/// The row of one job's result.
#[derive(Debug, Clone)]
pub(crate) struct AppliedRow {
    pub(crate) job_id: String,
    /// Its place in the organization's history.
    pub(crate) turn: i64,
    pub(crate) run_id: String,
    pub(crate) attempt: i32,
    pub(crate) run_seq: i64,
    pub(crate) run_kind: String,
    pub(crate) profile: String,
    pub(crate) requested_by: String,
    pub(crate) requested_at: Option<OffsetDateTime>,
    pub(crate) artifact_key: String,
    pub(crate) artifact_sha256: String,
    pub(crate) artifact_bytes: i64,
    pub(crate) job_envelope: Vec<u8>,
    pub(crate) refusal_code: String,
    pub(crate) refusal_reason: String,
    pub(crate) engine_name: String,
    pub(crate) engine_version: String,
    pub(crate) check_set_digest: String,
    pub(crate) vantage: String,
    pub(crate) worker_id: String,
    pub(crate) authorization_ids: Vec<String>,
    pub(crate) started_at: Option<OffsetDateTime>,
    pub(crate) finished_at: Option<OffsetDateTime>,
    pub(crate) cells_present: i64,
    pub(crate) cells_absent: i64,
    pub(crate) cells_inconclusive: i64,
    pub(crate) denials: Value,
    pub(crate) denials_total: i64,
}

/// What was said of this job's result, if it was applied or refused already.
pub(crate) async fn find_settled(
    tx: &mut TenantTx,
    job_id: &str,
) -> Result<Option<ScanApplied>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select run_id, attempt, refusal_code, refusal_reason
         from results.applied
         where tenant_key = $1 and job_id = $2",
        tenant,
        job_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| ScanApplied {
        job_id: job_id.to_owned(),
        run_id: row.run_id,
        attempt: u32::try_from(row.attempt).unwrap_or_default(),
        applied: row.refusal_code.is_empty(),
        code: row.refusal_code,
        reason: row.refusal_reason,
        ..ScanApplied::default()
    }))
}

/// Records that a job's result was applied or refused.
pub(crate) async fn insert(tx: &mut TenantTx, row: &AppliedRow) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.applied
             (tenant_key, job_id, run_id, attempt, run_seq, run_kind, profile, requested_by,
              requested_at, artifact_key, artifact_sha256, artifact_bytes, job_envelope,
              refusal_code, refusal_reason, engine_name, engine_version, check_set_digest,
              vantage, worker_id, authorization_ids, started_at, finished_at, cells_present,
              cells_absent, cells_inconclusive, denials, denials_total, turn)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)",
        tenant,
        row.job_id,
        row.run_id,
        row.attempt,
        row.run_seq,
        row.run_kind,
        row.profile,
        row.requested_by,
        row.requested_at,
        row.artifact_key,
        row.artifact_sha256,
        row.artifact_bytes,
        row.job_envelope,
        row.refusal_code,
        row.refusal_reason,
        row.engine_name,
        row.engine_version,
        row.check_set_digest,
        row.vantage,
        row.worker_id,
        &row.authorization_ids,
        row.started_at,
        row.finished_at,
        row.cells_present,
        row.cells_absent,
        row.cells_inconclusive,
        row.denials,
        row.denials_total,
        row.turn,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The result of one job.
pub(crate) async fn find_by_job(
    tx: &mut TenantTx,
    job_id: &str,
) -> Result<Option<AppliedRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        AppliedRow,
        "select job_id, turn, run_id, attempt, run_seq, run_kind, profile, requested_by, requested_at,
                artifact_key, artifact_sha256, artifact_bytes, job_envelope, refusal_code,
                refusal_reason, engine_name, engine_version, check_set_digest, vantage, worker_id,
                authorization_ids, started_at, finished_at, cells_present, cells_absent,
                cells_inconclusive, denials, denials_total
         from results.applied
         where tenant_key = $1 and job_id = $2",
        tenant,
        job_id,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Cells of a run by outcome, and refused connections.
pub(crate) struct RunCells {
    pub(crate) present: i64,
    pub(crate) absent: i64,
    pub(crate) inconclusive: i64,
    pub(crate) denials: i64,
}

/// What the applied results of one run add up to.
pub(crate) async fn sum_by_run(tx: &mut TenantTx, run_id: &str) -> Result<RunCells, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        RunCells,
        r#"select coalesce(sum(cells_present), 0)::bigint as "present!",
                  coalesce(sum(cells_absent), 0)::bigint as "absent!",
                  coalesce(sum(cells_inconclusive), 0)::bigint as "inconclusive!",
                  coalesce(sum(denials_total), 0)::bigint as "denials!"
           from results.applied
           where tenant_key = $1 and run_id = $2"#,
        tenant,
        run_id,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// An applied result, as a replay finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JournalRow {
    pub(crate) turn: i64,
    pub(crate) job_id: String,
    pub(crate) run_id: String,
    pub(crate) run_kind: String,
    pub(crate) run_seq: i64,
    pub(crate) artifact_key: String,
    pub(crate) authorization_ids: Vec<String>,
}

/// Every applied result of the organization, in the order in which they were applied.
pub(crate) async fn list_journal(tx: &mut TenantTx) -> Result<Vec<JournalRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        JournalRow,
        "select turn, job_id, run_id, run_kind, run_seq, artifact_key, authorization_ids
         from results.applied
         where tenant_key = $1 and refusal_code = ''
         order by turn, applied_at",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?)
}
