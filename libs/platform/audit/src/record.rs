//! One record.

use serde_json::Value;
use sqlx::AssertSqlSafe;
use wt_pg::{PgFault, TenantTx};
use wt_telemetry::propagate;

/// Records that the transaction's principal did `action` (`area.verb`) to `object` (an id).
/// `before` and `after` hold what changed, never a secret.
///
/// # Errors
/// The database refused; the deed is rolled back with it.
pub async fn record(
    tx: &mut TenantTx,
    action: &str,
    object: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), PgFault> {
    let principal = tx.principal().clone();
    // While impersonating, the actor is the person behind it (RFC 8693 §4.1).
    let (actor, acting_as) = match &principal.act {
        Some(act) => (act.sub.to_string(), Some(principal.sub.clone())),
        None => (principal.sub.clone(), None),
    };
    // The schema is one of our literals; everything else is bound.
    let statement = AssertSqlSafe(format!(
        "insert into {}.audit
             (tenant_key, actor_kind, actor, acting_as, session_id, action, object, before, after,
              trace_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.schema()
    ));
    sqlx::query(statement)
        .bind(tx.tenant_key().to_string())
        .bind(principal.kind.as_str())
        .bind(actor)
        .bind(acting_as)
        .bind(principal.sid.map(|sid| sid.to_string()))
        .bind(action)
        .bind(object)
        .bind(before)
        .bind(after)
        .bind(propagate::trace_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}
