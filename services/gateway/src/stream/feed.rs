//! From the bus to the hub: one subscription a process and kind of news.
//!
//! Plain subscriptions, not durable consumers: what nobody watched is in the lists anyway, and a
//! gateway that comes and goes must leave nothing behind on the broker.
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream::SelectAll};
use wt_bus::{Bus, BusFault};
use wt_lifecycle::{Life, ReadyFlag, StartError};
use wt_telemetry::propagate::{TraceContext, set_parent};

use super::{Hub, news};
use crate::config::Config;

/// What is listened to (contracts §9).
const SUBJECTS: [&str; 3] = ["run.changed", "scan.progress.*.*", "exposure.*.*"];
/// How often the connection is looked at. An interruption that is shorter and loses something
/// shows as a gap that the next `run.changed` closes.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The task between bus and hub.
pub(crate) struct Feed;

impl Feed {
    /// Starts it; it ends with the life.
    pub(crate) async fn start(config: &Config, hub: Hub, life: &Life) -> Result<(), StartError> {
        let bus = Bus::open(&config.bus, "gateway").await?;
        let ready = life.readiness("bus");
        let stopping = life.stopping();
        life.spawn("live news", async move {
            tokio::select! {
                () = stopping.cancelled() => Ok(()),
                ended = listen(&bus, &hub, &ready) => ended,
            }
        });
        Ok(())
    }
}

async fn listen(bus: &Bus, hub: &Hub, ready: &ReadyFlag) -> Result<(), BusFault> {
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
                    hub.reset();
                }
                connected = now;
                ready.set(now);
            }
            message = messages.next() => match message {
                Some(bytes) => tell(hub, &bytes),
                None => return Ok(()),
            },
        }
    }
}

fn tell(hub: &Hub, bytes: &Bytes) {
    match wt_bus::open_envelope(bytes) {
        Ok((envelope, tenant, _principal)) => {
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
                    hub.tell(news);
                }
            });
        }
        Err(error) => {
            tracing::warn!(error = %wt_fault::chain(&error), "a bus message cannot be read");
        }
    }
}
