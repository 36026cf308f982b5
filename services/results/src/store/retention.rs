//! `results.retention`: how long an organization's history is kept, and what went of it.
use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_model::TenantKey;
use wt_pg::{PgFault, TenantTx};

use super::{number, stored};
use crate::{
    domain::retention::{Lowered, Term},
    error::ResultsFault,
};

/// Organizations whose plan was not asked for since, or with something left to take
/// (SECURITY DEFINER: keys only).
pub(crate) async fn list_due(
    conn: &mut PgConnection,
    asked_before: OffsetDateTime,
    limit: i32,
) -> Result<Vec<TenantKey>, ResultsFault> {
    let rows = sqlx::query_scalar!(
        r#"select tenant_key as "tenant_key!" from results.retention_due($1, $2)"#,
        asked_before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|key| stored("results.trees.tenant_key", key))
        .collect()
}

/// A term as it is kept, and whether everything that ended is gone.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Kept {
    pub(crate) term: Term,
    pub(crate) done: bool,
}

/// The term of the organization; none while its plan was never asked for.
async fn read(tx: &mut TenantTx) -> Result<Option<Kept>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select days, lowered_to, lowered_at, kept_since, done from results.retention
         where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    let days = |days: i32| number("results.retention.days", days);
    row.map(|row| {
        let lowered = match (row.lowered_to, row.lowered_at) {
            (Some(to), Some(at)) => Some(Lowered { to: days(to)?, at }),
            _ => None,
        };
        Ok(Kept {
            term: Term {
                days: row.days.map(days).transpose()?,
                lowered,
                since: row.kept_since,
            },
            done: row.done,
        })
    })
    .transpose()
}

/// How long the organization's history is kept; all of it while its plan was never asked for.
pub(crate) async fn term(tx: &mut TenantTx) -> Result<Term, ResultsFault> {
    Ok(read(tx).await?.unwrap_or_default().term)
}

/// From when on the history is whole; none: from the beginning.
pub(crate) async fn kept_since(tx: &mut TenantTx) -> Result<Option<OffsetDateTime>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let since = sqlx::query_scalar!(
        "select kept_since from results.retention where tenant_key = $1",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(since.flatten())
}

/// The term, held until the end of the transaction; made if there is none.
pub(crate) async fn hold(tx: &mut TenantTx) -> Result<Kept, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.retention (tenant_key, asked_at) values ($1, now())
         on conflict (tenant_key) do update set asked_at = retention.asked_at",
        tenant,
    )
    .execute(tx.conn())
    .await
    .map_err(PgFault::from)?;
    Ok(read(tx).await?.unwrap_or_default())
}

/// Keeps the term that the plan was asked for. When its bound moved, what ended is walked for from
/// the beginning.
pub(crate) async fn update(tx: &mut TenantTx, term: &Term) -> Result<(), ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let days = |days: u32| number::<i32, _>("results.retention.days", days);
    sqlx::query!(
        "update results.retention
         set days = $2, lowered_to = $3, lowered_at = $4, kept_since = $5, asked_at = now(),
             done = done and kept_since is not distinct from $5,
             walk_at = case when kept_since is distinct from $5 then '-infinity' else walk_at end,
             walk_id = case when kept_since is distinct from $5 then '' else walk_id end
         where tenant_key = $1",
        tenant,
        term.days.map(days).transpose()?,
        term.lowered.map(|lowered| days(lowered.to)).transpose()?,
        term.lowered.map(|lowered| lowered.at),
        term.since,
    )
    .execute(tx.conn())
    .await
    .map_err(PgFault::from)?;
    Ok(())
}

/// Notes that the plan was asked for in vain, so that others get their turn.
pub(crate) async fn note_asked(tx: &mut TenantTx) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.retention (tenant_key, asked_at) values ($1, now())
         on conflict (tenant_key) do update set asked_at = now()",
        tenant,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a step over the events met and took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PrunedRow {
    pub(crate) walked: i64,
    pub(crate) events: i64,
    pub(crate) evidence: i64,
}

/// Takes the next events that ended, and what they saw (SECURITY DEFINER: it takes nothing else).
pub(crate) async fn prune_events(tx: &mut TenantTx, limit: i32) -> Result<PrunedRow, PgFault> {
    Ok(sqlx::query_as!(
        PrunedRow,
        r#"select walked as "walked!", events as "events!", evidence as "evidence!"
           from results.prune_events($1)"#,
        limit,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// A stored result that ended.
#[derive(Debug, Clone)]
pub(crate) struct EndedRow {
    pub(crate) job_id: String,
    pub(crate) artifact_key: String,
    pub(crate) applied_at: OffsetDateTime,
}

/// The next stored results that ended, oldest first.
pub(crate) async fn list_ended_results(
    tx: &mut TenantTx,
    limit: i64,
) -> Result<Vec<EndedRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        EndedRow,
        "select a.job_id, a.artifact_key, a.applied_at
         from results.retention r
         join results.applied a on a.tenant_key = r.tenant_key
         where r.tenant_key = $1 and a.applied_at < r.kept_since
           and (a.applied_at, a.job_id) > (r.results_at, r.results_job)
         order by a.applied_at, a.job_id
         limit $2",
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Notes that the stored results up to this one are gone, `count` of them just now.
pub(crate) async fn note_results_gone(
    tx: &mut TenantTx,
    last: &EndedRow,
    count: i64,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update results.retention
         set results_at = $2, results_job = $3, results = results + $4
         where tenant_key = $1 and (results_at, results_job) < ($2, $3)",
        tenant,
        last.applied_at,
        last.job_id,
        count,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes one sum of the days that ended; gives how many rows that took (SECURITY DEFINER).
pub(crate) async fn prune_trends(tx: &mut TenantTx) -> Result<i64, PgFault> {
    Ok(
        sqlx::query_scalar!(r#"select results.prune_trends() as "less!""#)
            .fetch_one(tx.conn())
            .await?,
    )
}

/// Everything that went since the bound moved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GoneRow {
    pub(crate) events: i64,
    pub(crate) evidence: i64,
    pub(crate) results: i64,
}

/// Notes that everything that ended is gone, and gives what it was.
pub(crate) async fn finish(tx: &mut TenantTx) -> Result<GoneRow, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        GoneRow,
        "with gone as (
             select events, evidence, results from results.retention where tenant_key = $1
         ), finished as (
             update results.retention set done = true, events = 0, evidence = 0, results = 0
             where tenant_key = $1
         )
         select events, evidence, results from gone",
        tenant,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// From when on stored results are there, if some are gone.
pub(crate) async fn results_kept_since(
    tx: &mut TenantTx,
) -> Result<Option<OffsetDateTime>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let since = sqlx::query_scalar!(
        "select kept_since from results.retention
         where tenant_key = $1 and results_at > '-infinity'",
        tenant,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(since.flatten())
}
