//! `results.outbox` in bulk: one statement for all the transitions of a result.
use time::OffsetDateTime;
use wt_bus::envelope_for;
use wt_diff::Event;
use wt_pg::{PgFault, TenantTx};
use wt_proto::{Message, convert::to_timestamp, event::ExposureChanged, subject};

/// Announces transitions that were appended in this transaction. The message's id is the
/// event's, so that a reader meets each transition once.
pub(crate) async fn enqueue_transitions(
    tx: &mut TenantTx,
    events: &[Event],
    at: OffsetDateTime,
) -> Result<(), PgFault> {
    if events.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key();
    let (mut ids, mut subjects, mut envelopes) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        let payload = ExposureChanged {
            event_id: event.id.to_string(),
            key: event.key.to_string(),
            r#type: event.event_type.to_string(),
            run_id: event.run_id.map(|run| run.to_string()).unwrap_or_default(),
            asset_id: event.subject.asset_id.to_string(),
            host: event.subject.host.clone(),
            port: u32::from(event.subject.port),
            check_id: event.check.id.clone(),
            severity: event.severity.to_string(),
            title: event.title.clone(),
            at: Some(to_timestamp(at)),
            reason: event.reason.clone().unwrap_or_default(),
        };
        let mut envelope = envelope_for(tx.service(), tenant, tx.principal(), &payload);
        envelope.id = event.id.to_string();
        ids.push(envelope.id.clone());
        subjects.push(subject::exposure(event.event_type, tenant));
        envelopes.push(envelope.encode_to_vec());
    }
    let tenant = tenant.to_string();
    sqlx::query!(
        "insert into results.outbox (id, tenant_key, subject, envelope)
         select n.id, $1, n.subject, n.envelope
         from unnest($2::text[], $3::text[], $4::bytea[]) as n (id, subject, envelope)",
        tenant,
        &ids,
        &subjects,
        &envelopes,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
