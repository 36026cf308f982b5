//! Running a durable consumer: pull, verify, handle, acknowledge.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{self, AckKind};
use futures::StreamExt;
use tokio::{sync::Semaphore, time::interval};
use tracing::Instrument;
use wt_lifecycle::Life;
use wt_model::DELIVERIES_MAX;
use wt_proto::stream::Consumer;
use wt_telemetry::propagate::{self, TraceContext};

use crate::{
    Bus, BusFault,
    delivery::{Delivery, Handler, Outcome},
    envelope::open_envelope,
};

/// Wait before a broken subscription is made again.
const AGAIN: Duration = Duration::from_millis(500);

/// Handles the messages of `consumer` until the service stops, then finishes those under way.
/// A broker that is away, or lost its store, is waited for and the consumer made again.
pub fn consume<H: Handler>(bus: &Bus, life: &Life, consumer: &'static Consumer, handler: H) {
    let runner = Arc::new(Runner {
        bus: bus.clone(),
        consumer,
        handler,
    });
    let ready = life.readiness(consumer.name);
    let stopping = life.stopping();
    life.spawn(consumer.name, async move {
        let slots = Arc::new(Semaphore::new(consumer.concurrency));
        while !stopping.is_cancelled() {
            let round = tokio::select! {
                () = stopping.cancelled() => break,
                round = runner.round(&slots, || ready.set(true)) => round,
            };
            if let Err(error) = round {
                ready.set(false);
                tracing::warn!(
                    consumer = consumer.name,
                    error = %wt_fault::chain(&error),
                    "the consumer has to be made again"
                );
                tokio::time::sleep(AGAIN).await;
            }
        }
        // Every slot back: everything under way is done.
        let all = u32::try_from(consumer.concurrency).unwrap_or(u32::MAX);
        let _ = slots.acquire_many(all).await;
        Ok::<(), BusFault>(())
    });
}

struct Runner<H> {
    bus: Bus,
    consumer: &'static Consumer,
    handler: H,
}

impl<H: Handler> Runner<H> {
    async fn round(
        self: &Arc<Self>,
        slots: &Arc<Semaphore>,
        bound: impl Fn() + Send,
    ) -> Result<(), BusFault> {
        self.bus.ensure_streams().await?;
        let consumer = self.bus.consumer(self.consumer).await?;
        let mut messages = consumer
            .stream()
            .max_messages_per_batch(self.consumer.concurrency)
            .heartbeat(Duration::from_secs(2))
            .expires(Duration::from_secs(5))
            .messages()
            .await
            .map_err(|error| BusFault::away("pull", error))?;
        bound();
        loop {
            // A message is taken only when it can be handled: what waits stays with the broker.
            let slot = Arc::clone(slots)
                .acquire_owned()
                .await
                .map_err(|error| BusFault::away("pull", error))?;
            let Some(message) = messages.next().await else {
                return Ok(());
            };
            let message = message.map_err(|error| BusFault::away("pull", error))?;
            let runner = Arc::clone(self);
            tokio::spawn(async move {
                runner.settle(message).await;
                drop(slot);
            });
        }
    }

    async fn settle(&self, message: jetstream::Message) {
        let delivered = message.info().map_or(1, |info| info.delivered);
        let outcome = match open_envelope(&message.payload) {
            _ if delivered > DELIVERIES_MAX => Outcome::Reject {
                cause: format!("delivered {delivered} times"),
            },
            Err(error) => Outcome::Reject {
                cause: wt_fault::chain(&error),
            },
            Ok((envelope, tenant, principal)) => {
                let span = tracing::info_span!(
                    "event",
                    otel.name = %envelope.r#type,
                    otel.kind = "consumer",
                    consumer = self.consumer.name,
                    message_id = %envelope.id,
                    tenant_key = %tenant,
                );
                let context = TraceContext {
                    traceparent: envelope.traceparent.clone(),
                    tracestate: envelope.tracestate.clone(),
                };
                propagate::set_parent(&span, &context);
                let delivery = Delivery::new(envelope, tenant, principal, delivered);
                self.hold(&message, self.handler.handle(delivery))
                    .instrument(span)
                    .await
            }
        };
        self.answer(&message, delivered, outcome).await;
    }

    /// Runs the handler and keeps the lease meanwhile: a third of the ack wait, so that one lost
    /// heartbeat is survived.
    async fn hold(
        &self,
        message: &jetstream::Message,
        work: impl Future<Output = Outcome>,
    ) -> Outcome {
        let mut beat = interval(self.consumer.ack_wait / 3);
        beat.tick().await;
        tokio::pin!(work);
        loop {
            tokio::select! {
                outcome = &mut work => return outcome,
                _ = beat.tick() => {
                    if let Err(error) = message.ack_with(AckKind::Progress).await {
                        tracing::warn!(error = %error, "the lease could not be extended");
                    }
                }
            }
        }
    }

    async fn answer(&self, message: &jetstream::Message, delivered: i64, outcome: Outcome) {
        let answered = match outcome {
            Outcome::Done => message.ack().await,
            Outcome::Retry { after, cause } if delivered < DELIVERIES_MAX => {
                tracing::info!(
                    consumer = self.consumer.name,
                    cause,
                    delivered,
                    "handled again later"
                );
                message.ack_with(AckKind::Nak(Some(after))).await
            }
            Outcome::Retry { cause, .. } | Outcome::Reject { cause } => {
                tracing::error!(
                    consumer = self.consumer.name,
                    cause,
                    delivered,
                    "dead letter"
                );
                if let Err(error) = self.bus.bury(self.consumer, message, &cause).await {
                    // Not kept, so not given up: the broker delivers it again.
                    tracing::error!(error = %wt_fault::chain(&error), "dead letter not kept");
                    return;
                }
                message.ack_with(AckKind::Term).await
            }
        };
        if let Err(error) = answered {
            // Delivered again; the inbox makes that harmless.
            tracing::warn!(consumer = self.consumer.name, error = %error, "not acknowledged");
        }
    }
}
