//! News in the transaction of the change it announces.
use sqlx::AssertSqlSafe;
use wt_bus::envelope_for;
use wt_pg::{PgFault, TenantTx};
use wt_proto::{Message, subject::EventPayload};

/// Enqueues news under a fresh id, on the subject that is its type.
pub async fn enqueue<P: EventPayload>(tx: &mut TenantTx, payload: &P) -> Result<(), PgFault> {
    let envelope = envelope_for(tx.service(), tx.tenant_key(), tx.principal(), payload);
    insert(tx, P::TYPE, &envelope.id, &envelope.encode_to_vec()).await?;
    Ok(())
}

/// Enqueues news on a subject of its own (`exposure.NEW.org_…`) under a given id. An id that is
/// there already is the same news said again: nothing happens, and the answer is false.
pub async fn enqueue_as<P: EventPayload>(
    tx: &mut TenantTx,
    subject: &str,
    id: &str,
    payload: &P,
) -> Result<bool, PgFault> {
    let mut envelope = envelope_for(tx.service(), tx.tenant_key(), tx.principal(), payload);
    id.clone_into(&mut envelope.id);
    insert(tx, subject, id, &envelope.encode_to_vec()).await
}

/// Enqueues bytes that are no envelope, such as a signed job. False when the id is there.
pub async fn enqueue_bytes(
    tx: &mut TenantTx,
    subject: &str,
    id: &str,
    body: &[u8],
) -> Result<bool, PgFault> {
    insert(tx, subject, id, body).await
}

async fn insert(tx: &mut TenantTx, subject: &str, id: &str, body: &[u8]) -> Result<bool, PgFault> {
    // The schema is a literal of the service's own code.
    let sql = format!(
        "insert into {}.outbox (id, tenant_key, subject, envelope)
         values ($1, $2, $3, $4)
         on conflict do nothing",
        tx.schema()
    );
    let tenant_key = tx.tenant_key().to_string();
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .bind(tenant_key)
        .bind(subject)
        .bind(body)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}
