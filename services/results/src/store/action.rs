//! `results.actions`: appended, never changed.
use serde_json::{Value, json};
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_model::{ActionId, BulkId, RunId};
use wt_pg::{PgFault, TenantTx};

use crate::domain::{action::Decision, standing::Standing};

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
    pub(crate) tags: Vec<String>,
    pub(crate) bulk_id: Option<String>,
    pub(crate) by: String,
    pub(crate) at: OffsetDateTime,
}

/// A decision about one exposure, to be recorded.
pub(crate) struct NewAction<'a> {
    pub(crate) id: ActionId,
    pub(crate) key: &'a str,
    pub(crate) decision: &'a Decision,
    /// What stood before.
    pub(crate) before: &'a Standing,
}

/// Records decisions of the transaction's principal, in one statement.
pub(crate) async fn insert_all(
    tx: &mut TenantTx,
    actions: &[NewAction<'_>],
    bulk: Option<BulkId>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    let column =
        |of: fn(&NewAction<'_>) -> String| -> Vec<String> { actions.iter().map(of).collect() };
    let untils: Vec<Option<OffsetDateTime>> = actions.iter().map(|a| a.decision.until).collect();
    let runs: Vec<Option<String>> = actions.iter().map(|a| a.decision.run_id.clone()).collect();
    let tags: Vec<Value> = actions.iter().map(|a| json!(a.decision.tags)).collect();
    let before: Vec<Value> = actions.iter().map(|a| json!(a.before)).collect();
    sqlx::query!(
        "insert into results.actions
             (tenant_key, id, key, kind, reason, note, assignee, until, run_id, tags, before, by,
              bulk_id)
         select $1, n.id, n.key, n.kind, n.reason, n.note, n.assignee, n.until, n.run_id,
                array(select jsonb_array_elements_text(n.tags)), n.before, $2, $3
         from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                     $10::timestamptz[], $11::text[], $12::jsonb[], $13::jsonb[])
              as n (id, key, kind, reason, note, assignee, until, run_id, tags, before)",
        tenant,
        by,
        bulk.map(|id| id.to_string()),
        &column(|a| a.id.to_string()),
        &column(|a| a.key.to_owned()),
        &column(|a| a.decision.kind.to_string()),
        &column(|a| a.decision.reason.clone()),
        &column(|a| a.decision.note.clone()),
        &column(|a| a.decision.assignee.clone()),
        &untils as &[Option<OffsetDateTime>],
        &runs as &[Option<String>],
        &tags,
        &before,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One decision on record.
pub(crate) async fn find(tx: &mut TenantTx, id: ActionId) -> Result<Option<ActionRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ActionRow,
        r#"select id, kind, reason, note, assignee, until, run_id, tags, bulk_id, by as "by!", at
           from results.actions where tenant_key = $1 and id = $2"#,
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// What one bulk decided about one exposure.
pub(crate) struct OfBulk {
    pub(crate) key: String,
    pub(crate) kind: String,
    pub(crate) before: Value,
}

/// What a bulk decided, where nobody decided anything else since, in the order of keys.
pub(crate) async fn list_undoable(tx: &mut TenantTx, bulk: BulkId) -> Result<Vec<OfBulk>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        OfBulk,
        r#"select a.key, a.kind, a.before as "before!"
           from results.actions a
           where a.tenant_key = $1 and a.bulk_id = $2 and a.before is not null
             and not exists (
                 select from results.actions b
                 where b.tenant_key = $1 and b.key = a.key and b.at > a.at
                   and b.kind not in ('note', 'request_verify')
             )
           order by a.key"#,
        tenant,
        bulk.to_string(),
    )
    .fetch_all(tx.conn())
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
        r#"select id, kind, reason, note, assignee, until, run_id, tags, bulk_id, by as "by!", at
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
