//! `results.actions`: appended, never changed.
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_model::ActionId;
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
