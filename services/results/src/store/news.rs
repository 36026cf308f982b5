//! News of all the transitions of a result.
use time::OffsetDateTime;
use wt_diff::Event;
use wt_outbox::{News, Speaker};
use wt_pg::{PgFault, TenantTx};
use wt_proto::{convert::to_timestamp, event::ExposureChanged, subject};

/// Announces transitions that were appended in this transaction.
pub(crate) async fn enqueue_transitions(
    tx: &mut TenantTx,
    events: &[Event],
    at: OffsetDateTime,
) -> Result<(), PgFault> {
    let news = of_transitions(&Speaker::of(tx), events, at);
    wt_outbox::enqueue_all(tx, &news).await
}

/// The news of these transitions. Each message's id is the event's, so that a reader meets each
/// transition once.
pub(crate) fn of_transitions(speaker: &Speaker, events: &[Event], at: OffsetDateTime) -> Vec<News> {
    let events = events.iter();
    events.map(|event| transition(speaker, event, at)).collect()
}

fn transition(speaker: &Speaker, event: &Event, at: OffsetDateTime) -> News {
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
    let subject = subject::exposure(event.event_type, speaker.tenant_key);
    speaker.news_on(&subject, &payload.event_id, &payload)
}
