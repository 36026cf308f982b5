//! `scan.runs` and `scan.run_counters`.

use time::OffsetDateTime;
use wt_model::{AssetId, Limit, RunId, RunState, TenantKey};
use wt_pg::{Cursor, PgFault, PlatformTx, TenantTx};

use crate::{domain::pool::ChosenPool, error::ScanFault};

/// A run with the sums over its jobs.
#[derive(Debug, Clone)]
pub(crate) struct RunRow {
    pub(crate) id: String,
    pub(crate) seq: i64,
    pub(crate) kind: String,
    pub(crate) profile: String,
    pub(crate) policy: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) asset_ids: Vec<String>,
    pub(crate) exposure_keys: Vec<String>,
    pub(crate) requested_by: String,
    pub(crate) jobs_total: i32,
    pub(crate) jobs_done: i64,
    pub(crate) jobs_failed: i64,
    pub(crate) cells_planned: i64,
    pub(crate) cells_settled: i64,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) started_at: Option<OffsetDateTime>,
    pub(crate) finished_at: Option<OffsetDateTime>,
    pub(crate) deadline_at: OffsetDateTime,
    pub(crate) pool: String,
    pub(crate) pool_name: String,
}

/// A run about to begin.
pub(crate) struct NewRun<'a> {
    pub(crate) id: RunId,
    pub(crate) seq: i64,
    pub(crate) kind: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) policy: &'a str,
    pub(crate) asset_ids: &'a [String],
    pub(crate) exposure_keys: &'a [String],
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) request_hash: Option<&'a [u8]>,
    pub(crate) jobs_total: i32,
    pub(crate) cells_planned: i64,
    pub(crate) refused: &'a serde_json::Value,
    pub(crate) pool: &'a ChosenPool,
    pub(crate) deadline_at: OffsetDateTime,
    /// The run whose failed parts it repeats.
    pub(crate) repeats: Option<&'a str>,
    /// The schedule that requests it; empty for none.
    pub(crate) schedule_id: &'a str,
}

/// The next number of the organization's runs.
pub(crate) async fn next_seq(tx: &mut TenantTx) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "insert into scan.run_counters (tenant_key, last_seq) values ($1, 1)
         on conflict (tenant_key) do update set last_seq = scan.run_counters.last_seq + 1
         returning last_seq",
        tenant,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(row.last_seq)
}

/// Waits for requests of the organization that are being committed, and keeps others out until
/// this transaction ends: numbering runs takes the same lock.
pub(crate) async fn hold_requests(tx: &mut TenantTx) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into scan.run_counters (tenant_key, last_seq) values ($1, 0)
         on conflict (tenant_key) do update set last_seq = scan.run_counters.last_seq",
        tenant,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Begins a run.
pub(crate) async fn insert(tx: &mut TenantTx, new: &NewRun<'_>) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    sqlx::query!(
        "insert into scan.runs
             (tenant_key, id, seq, kind, profile, policy, state, reason, asset_ids, exposure_keys,
              requested_by, idempotency_key, request_hash, jobs_total, cells_planned, refused,
              deadline_at, pool, pool_name, repeats, schedule_id)
         values ($1, $2, $3, $4, $5, $6, 'created', 'requested', $7, $8, $9, $10, $11, $12, $13, $14,
                 $15, $16, $17, $18, $19)",
        tenant,
        new.id.to_string(),
        new.seq,
        new.kind,
        new.profile,
        new.policy,
        new.asset_ids,
        new.exposure_keys,
        by,
        new.idempotency_key,
        new.request_hash,
        new.jobs_total,
        new.cells_planned,
        new.refused,
        new.deadline_at,
        new.pool.pool.to_string(),
        new.pool.name,
        new.repeats,
        new.schedule_id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// When each of these assets was last asked to be scanned since then, by runs that count: those
/// that repeat what was found do not, nor those that failed or were cancelled before they began.
/// Ask it with requests held ([`next_seq`]).
pub(crate) async fn last_scans(
    tx: &mut TenantTx,
    asset_ids: &[String],
    since: OffsetDateTime,
) -> Result<Vec<(String, OffsetDateTime)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select asset.id as "id!", max(r.created_at) as "at!"
           from scan.runs r
           cross join lateral unnest(r.asset_ids) as asset (id)
           where r.tenant_key = $1 and r.created_at > $3 and r.asset_ids && $2::text[]
             and asset.id = any($2::text[])
             and r.kind <> 'verify' and r.state <> 'failed'
             and not (r.state = 'cancelled' and r.started_at is null)
           group by asset.id"#,
        tenant,
        asset_ids,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.at)).collect())
}

/// What a run was requested with under an idempotency key.
pub(crate) struct Requested {
    pub(crate) id: String,
    pub(crate) request_hash: Vec<u8>,
    pub(crate) refused: serde_json::Value,
}

/// The run of an idempotency key.
pub(crate) async fn find_by_key(
    tx: &mut TenantTx,
    key: &str,
) -> Result<Option<Requested>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        Requested,
        r#"select id, coalesce(request_hash, ''::bytea) as "request_hash!", refused
           from scan.runs
           where tenant_key = $1 and idempotency_key = $2"#,
        tenant,
        key,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Moves a run and gives it as it is then; the database refuses a step the contract does not
/// know.
pub(crate) async fn set_state(
    tx: &mut TenantTx,
    id: &str,
    state: RunState,
    reason: &str,
) -> Result<Option<RunRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        RunRow,
        r#"with r as (
               update scan.runs
               set state = $3, reason = $4,
                   started_at = case when $3 = 'running' then coalesce(started_at, now()) else started_at end,
                   finished_at = case when $5 then now() end
               where tenant_key = $1 and id = $2
               returning *
           )
           select r.id, r.seq, r.kind, r.profile, r.policy, r.state, r.reason, r.asset_ids,
                  r.exposure_keys, r.requested_by, r.jobs_total,
                  j.done as "jobs_done!", j.failed as "jobs_failed!", r.cells_planned,
                  j.settled as "cells_settled!", r.created_at, r.started_at, r.finished_at,
                  r.deadline_at, r.pool, r.pool_name
           from r
           cross join lateral (
               select count(*) filter (where state in ('completed', 'failed', 'cancelled')) as done,
                      count(*) filter (where state in ('failed', 'cancelled')) as failed,
                      coalesce(sum(cells_settled), 0)::bigint as settled
               from scan.jobs
               where tenant_key = $1 and run_id = r.id
           ) j"#,
        tenant,
        id,
        state.as_str(),
        reason,
        state.is_terminal(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Locks a run, so that its jobs are counted by one transaction at a time.
pub(crate) async fn lock_state(tx: &mut TenantTx, id: &str) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select state from scan.runs where tenant_key = $1 and id = $2 for update",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| row.state))
}

/// One run.
pub(crate) async fn find_by_id(tx: &mut TenantTx, id: &str) -> Result<Option<RunRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        RunRow,
        r#"select r.id, r.seq, r.kind, r.profile, r.policy, r.state, r.reason, r.asset_ids,
                  r.exposure_keys, r.requested_by, r.jobs_total,
                  j.done as "jobs_done!", j.failed as "jobs_failed!", r.cells_planned,
                  j.settled as "cells_settled!", r.created_at, r.started_at, r.finished_at,
                  r.deadline_at, r.pool, r.pool_name
           from scan.runs r
           cross join lateral (
               select count(*) filter (where state in ('completed', 'failed', 'cancelled')) as done,
                      count(*) filter (where state in ('failed', 'cancelled')) as failed,
                      coalesce(sum(cells_settled), 0)::bigint as settled
               from scan.jobs
               where tenant_key = $1 and run_id = r.id
           ) j
           where r.tenant_key = $1 and r.id = $2"#,
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// What a list of runs is narrowed to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) asset: Option<AssetId>,
    pub(crate) state: Option<RunState>,
    pub(crate) kind: Option<wt_model::RunKind>,
}

/// One page, newest first, one row more than the page holds.
pub(crate) async fn page(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<RunRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (after_at, after_id) = after.map(Cursor::position).unzip();
    let rows = sqlx::query_as!(
        RunRow,
        r#"select r.id, r.seq, r.kind, r.profile, r.policy, r.state, r.reason, r.asset_ids,
                  r.exposure_keys, r.requested_by, r.jobs_total,
                  j.done as "jobs_done!", j.failed as "jobs_failed!", r.cells_planned,
                  j.settled as "cells_settled!", r.created_at, r.started_at, r.finished_at,
                  r.deadline_at, r.pool, r.pool_name
           from scan.runs r
           cross join lateral (
               select count(*) filter (where state in ('completed', 'failed', 'cancelled')) as done,
                      count(*) filter (where state in ('failed', 'cancelled')) as failed,
                      coalesce(sum(cells_settled), 0)::bigint as settled
               from scan.jobs
               where tenant_key = $1 and run_id = r.id
           ) j
           where r.tenant_key = $1
             and ($2::text is null or $2 = any(r.asset_ids))
             and ($3::text is null or r.state = $3)
             and ($4::text is null or r.kind = $4)
             and ($5::timestamptz is null or (r.created_at, r.id) < ($5, $6))
           order by r.created_at desc, r.id desc
           limit $7"#,
        tenant,
        filter.asset.map(|asset| asset.to_string()),
        filter.state.map(RunState::as_str),
        filter.kind.map(wt_model::RunKind::as_str),
        after_at,
        after_id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Runs whose time is over, of any organization: keys only (SECURITY DEFINER).
pub(crate) async fn past_deadline(
    tx: &mut PlatformTx,
    limit: i32,
) -> Result<Vec<(TenantKey, String)>, ScanFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", run_id as "run_id!" from scan.runs_past_deadline($1)"#,
        limit,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| Ok((tenant(&row.tenant_key)?, row.run_id)))
        .collect()
}

/// A tenant key that came out of the database.
pub(crate) fn tenant(text: &str) -> Result<TenantKey, ScanFault> {
    text.parse().map_err(|_| ScanFault::Inconsistent {
        place: "scan.*.tenant_key".to_owned(),
    })
}
