//! `results.actions`: appended, never changed.
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_model::{ActionId, RunId};
use wt_pg::{PgFault, TenantTx};

use crate::domain::action::Decision;

/// A decision on record.
#[derive(Debug, Clone)]
pub(crate) struct ActionRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) assignee: String,
    pub(crate) until: Option<OffsetDateTime>,
    pub(crate) run_id: Option<String>,
    pub(crate) by: String,
    pub(crate) at: OffsetDateTime,
}

/// Records a decision of the transaction's principal.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    id: ActionId,
    key: &ExposureKey,
    decision: &Decision,
) -> Result<ActionRow, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    Ok(sqlx::query_as!(
        ActionRow,
        r#"insert into results.actions
               (tenant_key, id, key, kind, reason, note, assignee, until, run_id, by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           returning id, kind, reason, note, assignee, until, run_id, by as "by!", at"#,
        tenant,
        id.to_string(),
        key.as_str(),
        decision.kind.as_str(),
        decision.reason,
        decision.note,
        decision.assignee,
        decision.until,
        decision.run_id,
        by,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Notes on each exposure that a run was asked to verify it, unless that is noted already; gives
/// how many were.
pub(crate) async fn insert_request_verify(
    tx: &mut TenantTx,
    notes: &[(ActionId, ExposureKey)],
    run: RunId,
) -> Result<u64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    let ids: Vec<String> = notes.iter().map(|(id, _)| id.to_string()).collect();
    let keys: Vec<String> = notes.iter().map(|(_, key)| key.to_string()).collect();
    let done = sqlx::query!(
        "insert into results.actions
             (tenant_key, id, key, kind, reason, note, assignee, run_id, by)
         select $1, n.id, n.key, 'request_verify', '', '', '', $4, $5
         from (
             select distinct on (key) key, id
             from unnest($2::text[], $3::text[]) as u (id, key)
             order by key, id
         ) n
         join results.exposures e on e.tenant_key = $1 and e.key = n.key
         where not exists (
             select from results.actions a
             where a.tenant_key = $1 and a.key = n.key and a.kind = 'request_verify' and a.run_id = $4
         )",
        tenant,
        &ids,
        &keys,
        run.to_string(),
        by,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Every decision about one exposure, oldest first.
pub(crate) async fn list_by_key(
    tx: &mut TenantTx,
    key: &ExposureKey,
    limit: i64,
) -> Result<Vec<ActionRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let mut newest = sqlx::query_as!(
        ActionRow,
        r#"select id, kind, reason, note, assignee, until, run_id, by as "by!", at
           from results.actions
           where tenant_key = $1 and key = $2
           order by at desc, id desc
           limit $3"#,
        tenant,
        key.as_str(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    newest.reverse();
    Ok(newest)
}
