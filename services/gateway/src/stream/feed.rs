//! From the bus to the hub: one subscription a process and kind of news.
//!
//! Plain subscriptions, not durable consumers: what nobody watched is in the lists anyway, and a
//! gateway that comes and goes must leave nothing behind on the broker.
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream::SelectAll};
use wt_bus::{Bus, BusFault};
use wt_lifecycle::{Life, ReadyFlag};
use wt_model::Principal;
use wt_proto::{
    event::{ApiKeyRevoked, Envelope, RunChanged, SessionEnded},
    subject::EventPayload,
};
use wt_telemetry::propagate::{TraceContext, set_parent};

use super::news;
use crate::Edge;

/// What is listened to (contracts §9).
const SUBJECTS: [&str; 6] = [
    "run.changed",
    "scan.progress.*.*",
    "exposure.*.*",
    SESSION_ENDED,
    SessionEnded::TYPE,
    ApiKeyRevoked::TYPE,
];
/// Between gateways: a session ended at one of them. Its principal says which.
const SESSION_ENDED: &str = "session.ended";
/// How often the connection is looked at. An interruption that is shorter and loses something
/// shows as a gap that the next `run.changed` closes.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The task between bus and hub.
pub(crate) struct Feed;

impl Feed {
    /// Starts it; it ends with the life.
    pub(crate) fn start(bus: Bus, edge: Edge, life: &Life) {
        let ready = life.readiness("bus");
        let stopping = life.stopping();
        life.spawn("live news", async move {
            tokio::select! {
                () = stopping.cancelled() => Ok(()),
                ended = listen(&bus, &edge, &ready) => ended,
            }
        });
    }
}

async fn listen(bus: &Bus, edge: &Edge, ready: &ReadyFlag) -> Result<(), BusFault> {
    let mut messages = SelectAll::new();
    for subject in SUBJECTS {
        let subscription = bus.subscribe(subject).await?;
        messages.push(
            futures::stream::unfold(subscription, async |mut subscription| {
                let (_subject, bytes) = subscription.next().await?;
                Some((bytes, subscription))
            })
            .boxed(),
        );
    }
    let mut look = tokio::time::interval(LOOK_EVERY);
    let mut connected = false;
    loop {
        tokio::select! {
            _ = look.tick() => {
                let now = bus.is_connected();
                if connected && !now {
                    tracing::warn!("the bus is away; listeners will be told to resync");
                    edge.hub().reset();
                }
                connected = now;
                ready.set(now);
            }
            message = messages.next() => match message {
                Some(bytes) => tell(edge, &bytes).await,
                None => return Ok(()),
            },
        }
    }
}

async fn tell(edge: &Edge, bytes: &Bytes) {
    match wt_bus::open_envelope(bytes) {
        Ok((envelope, _tenant, principal)) if envelope.r#type == SESSION_ENDED => {
            edge.session_ended(&principal).await;
        }
        Ok((envelope, ..)) if envelope.r#type == SessionEnded::TYPE => {
            end(edge, &envelope, |ended: SessionEnded| ended.session_id).await;
        }
        Ok((envelope, ..)) if envelope.r#type == ApiKeyRevoked::TYPE => {
            end(edge, &envelope, |revoked: ApiKeyRevoked| revoked.api_key_id).await;
        }
        Ok((envelope, tenant, _principal)) => {
            if envelope.r#type == RunChanged::TYPE {
                edge.recent_runs().forget(tenant).await;
            }
            let span = tracing::debug_span!("news", event.r#type = envelope.r#type);
            set_parent(
                &span,
                &TraceContext {
                    traceparent: envelope.traceparent.clone(),
                    tracestate: envelope.tracestate.clone(),
                },
            );
            span.in_scope(|| {
                for news in news::read(tenant, &envelope) {
                    edge.hub().tell(news);
                }
            });
        }
        Err(error) => {
            tracing::warn!(error = %wt_fault::chain(&error), "a bus message cannot be read");
        }
    }
}

/// Ends the session or key that a message of the tenant service names.
async fn end<M: EventPayload>(edge: &Edge, envelope: &Envelope, id: impl FnOnce(M) -> String) {
    match M::decode(envelope.payload.as_slice()) {
        Ok(message) => edge.access_ended([id(message)]).await,
        Err(error) => {
            tracing::error!(event.id = envelope.id, %error, "a bus message cannot be read");
        }
    }
}

/// Tells the other gateways that a session ended, so that its access tokens end there too
/// (promises P11). Said once and not kept: a gateway that misses it believes a token until it
/// expires, ten minutes at most; cookie sessions are asked for again every second anyway.
pub(crate) async fn say_session_ended(bus: &Bus, principal: &Principal) {
    let Some(tenant) = principal.tenant_key else {
        return;
    };
    let envelope = Envelope {
        id: format!("ses-{:032x}", rand::random::<u128>()),
        r#type: SESSION_ENDED.to_owned(),
        version: 1,
        tenant_key: tenant.to_string(),
        producer: "gateway".to_owned(),
        principal: Some(principal.into()),
        ..Envelope::default()
    };
    if let Err(fault) = bus.say(SESSION_ENDED, &envelope).await {
        tracing::warn!(error = %wt_fault::chain(&fault), "other gateways do not hear of a sign-out");
    }
}
