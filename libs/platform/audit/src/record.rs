//! One record.

use serde_json::Value;
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;
use wt_outbox::News;
use wt_pg::{PgFault, TenantTx};
use wt_proto::{convert::to_timestamp, event::AuditRecorded};
use wt_telemetry::{origin, propagate};

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
    let said = describe(tx, action, object, before, after);
    // The same statement announces it, so that the chain learns of every deed that happened and of
    // none that did not.
    let news = News::of(tx, &said);
    keep(tx, &said, &news, before, after).await
}

fn describe(
    tx: &TenantTx,
    action: &str,
    object: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> AuditRecorded {
    let principal = tx.principal();
    // While impersonating, the actor is the person behind it (RFC 8693 §4.1).
    let (actor, acting_as) = match &principal.act {
        Some(act) => (act.sub.to_string(), principal.sub.clone()),
        None => (principal.sub.clone(), String::new()),
    };
    let client = origin::current();
    AuditRecorded {
        at: Some(to_timestamp(OffsetDateTime::now_utc())),
        service: tx.service().to_owned(),
        actor_kind: principal.kind.to_string(),
        actor,
        acting_as,
        session_id: principal.sid.map(|sid| sid.to_string()).unwrap_or_default(),
        action: action.to_owned(),
        object: object.to_owned(),
        before_json: before.map(ToString::to_string).unwrap_or_default(),
        after_json: after.map(ToString::to_string).unwrap_or_default(),
        trace_id: propagate::trace_id(),
        ip: client.ip,
        user_agent: client.user_agent,
    }
}

async fn keep(
    tx: &mut TenantTx,
    said: &AuditRecorded,
    news: &News,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), PgFault> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    // The schema is one of our literals; everything else is bound.
    let statement = AssertSqlSafe(format!(
        "with kept as (
             insert into {schema}.audit
                 (tenant_key, actor_kind, actor, acting_as, session_id, action, object, before,
                  after, trace_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         )
         insert into {schema}.outbox (id, tenant_key, subject, envelope)
         values ($11, $1, $12, $13)",
        schema = tx.schema()
    ));
    sqlx::query(statement)
        .bind(tx.tenant_key().to_string())
        .bind(&said.actor_kind)
        .bind(&said.actor)
        .bind(given(&said.acting_as))
        .bind(given(&said.session_id))
        .bind(&said.action)
        .bind(&said.object)
        .bind(before)
        .bind(after)
        .bind(&said.trace_id)
        .bind(news.id())
        .bind(news.subject())
        .bind(news.body())
        .execute(tx.conn())
        .await?;
    tx.note_record();
    Ok(())
}
