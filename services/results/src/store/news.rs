//! News of all the transitions of a result.
use time::OffsetDateTime;
use wt_diff::Event;
use wt_outbox::News;
use wt_pg::{PgFault, TenantTx};
use wt_proto::{convert::to_timestamp, event::ExposureChanged, subject};

/// Announces transitions that were appended in this transaction. The message's id is the
/// event's, so that a reader meets each transition once.
pub(crate) async fn enqueue_transitions(
    tx: &mut TenantTx,
    events: &[Event],
    at: OffsetDateTime,
) -> Result<(), PgFault> {
    let news: Vec<News> = events
        .iter()
        .map(|event| transition(tx, event, at))
        .collect();
    wt_outbox::enqueue_all(tx, &news).await
}

fn transition(tx: &TenantTx, event: &Event, at: OffsetDateTime) -> News {
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
    let subject = subject::exposure(event.event_type, tx.tenant_key());
    News::on(tx, &subject, &payload.event_id, &payload)
}
