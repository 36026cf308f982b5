//! Running a durable consumer: pull, verify, handle, acknowledge.
//!
//! A message is asked for only when a slot is free to handle it. Anything taken in advance would
//! sit here while its lease runs out, be delivered to somebody else and cost a delivery.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{
    AckKind, Message,
    consumer::{Consumer as Durable, pull},
};
use futures::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, interval, sleep},
};
use tokio_util::sync::CancellationToken;
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
/// How long one ask for a message stays at the broker. Short, because a stop waits for it: an
/// abandoned ask may swallow a message until its lease ends.
const ASK: Duration = Duration::from_secs(2);
/// How often a silent consumer is looked for: one that was deleted answers nothing.
const LOOK: Duration = Duration::from_secs(5);
/// Longest wait before a message is handled again.
const RETRY_MAX: Duration = Duration::from_mins(1);

/// Handles the messages of `consumer` until the service stops, then finishes those under way.
/// A broker that is away, or lost its store, is waited for and the consumer made again.
pub fn consume<H: Handler>(bus: &Bus, life: &Life, consumer: &'static Consumer, handler: H) {
    let runner = Arc::new(Runner {
        bus: bus.clone(),
        consumer,
        handler,
        stopping: life.stopping(),
    });
    let ready = life.readiness(consumer.name);
    let stopping = life.stopping();
    life.spawn(consumer.name, async move {
        let slots = Arc::new(Semaphore::new(consumer.concurrency));
        while !stopping.is_cancelled() {
            let prepared = tokio::select! {
                () = stopping.cancelled() => break,
                prepared = runner.prepare() => prepared,
            };
            let ended = match prepared {
                Ok(durable) => {
                    ready.set(true);
                    runner.round(&durable, &slots).await
                }
                Err(fault) => Err(fault),
            };
            match ended {
                Ok(()) => {}
                // Waiting does not make a server newer.
                Err(fault @ BusFault::TooOld { .. }) => return Err(fault),
                Err(fault) => {
                    ready.set(false);
                    tracing::warn!(
                        consumer = consumer.name,
                        error = %wt_fault::chain(&fault),
                        "the consumer has to be made again"
                    );
                    sleep(AGAIN).await;
                }
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
    stopping: CancellationToken,
}

impl<H: Handler> Runner<H> {
    async fn prepare(&self) -> Result<Durable<pull::Config>, BusFault> {
        if self.consumer.confined {
            // The streams are others' to make; a connection that was refused has no version yet.
            return self.bus.confined_consumer(self.consumer).await;
        }
        self.bus.ensure_streams().await?;
        self.bus.consumer(self.consumer).await
    }

    /// Takes messages until the service stops or the broker fails.
    async fn round(
        self: &Arc<Self>,
        durable: &Durable<pull::Config>,
        slots: &Arc<Semaphore>,
    ) -> Result<(), BusFault> {
        let mut looked = Instant::now();
        loop {
            let slot = tokio::select! {
                // A free slot is always there: asked first, a stop would wait for chance.
                biased;
                () = self.stopping.cancelled() => return Ok(()),
                slot = Arc::clone(slots).acquire_owned() => slot,
            };
            let mut free = vec![slot.map_err(|error| BusFault::away("pull", error))?];
            // As many as can be handled at once are asked for at once: a question for each would
            // cost more than some of the messages.
            while let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
                free.push(slot);
            }
            if self.take(durable, free).await? == 0 && looked.elapsed() >= LOOK {
                durable
                    .get_info()
                    .await
                    .map_err(|error| BusFault::away("find the consumer", error))?;
                looked = Instant::now();
            }
        }
    }

    /// Asks for a message for each free slot and starts handling those that come while the
    /// broker keeps the ask; gives how many.
    async fn take(
        self: &Arc<Self>,
        durable: &Durable<pull::Config>,
        free: Vec<OwnedSemaphorePermit>,
    ) -> Result<usize, BusFault> {
        let mut asked = durable
            .batch()
            .max_messages(free.len())
            .expires(ASK)
            .messages()
            .await
            .map_err(|error| BusFault::away("pull", error))?;
        let mut taken = 0;
        for slot in free {
            let message = asked.next().await.transpose();
            let Some(message) = message.map_err(|error| BusFault::away("pull", error))? else {
                break;
            };
            taken += 1;
            let runner = Arc::clone(self);
            tokio::spawn(async move {
                runner.settle(message).await;
                drop(slot);
            });
        }
        Ok(taken)
    }

    async fn settle(&self, message: Message) {
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
                self.hold(&message, self.handle(&delivery))
                    .instrument(span)
                    .await
            }
        };
        self.answer(&message, delivered, outcome).await;
    }

    /// Asks the handler, again and again while something it needs is away. The slot this holds
    /// is the back-pressure.
    async fn handle(&self, delivery: &Delivery) -> Outcome {
        let mut waited = false;
        loop {
            match self.handler.handle(delivery.clone()).await {
                Outcome::Wait { after, cause } if self.stopping.is_cancelled() => {
                    return Outcome::Wait { after, cause };
                }
                Outcome::Wait { after, cause } => {
                    if !waited {
                        tracing::warn!(consumer = self.consumer.name, cause, "waiting");
                        waited = true;
                    }
                    tokio::select! {
                        () = self.stopping.cancelled() => {}
                        () = sleep(after.min(RETRY_MAX)) => {}
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// Runs the handler and keeps the lease meanwhile: a third of the ack wait, so that one lost
    /// heartbeat is survived.
    async fn hold(&self, message: &Message, work: impl Future<Output = Outcome>) -> Outcome {
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

    async fn answer(&self, message: &Message, delivered: i64, outcome: Outcome) {
        let answered = match outcome {
            // Confirmed by the broker: a lost ack would be a redelivery.
            Outcome::Done => message.double_ack().await,
            // Only when we stop: somebody else shall have it at once.
            Outcome::Wait { .. } => message.ack_with(AckKind::Nak(None)).await,
            Outcome::Retry { after, cause } if delivered < DELIVERIES_MAX => {
                tracing::info!(
                    consumer = self.consumer.name,
                    cause,
                    delivered,
                    "handled again later"
                );
                let grown = after.saturating_mul(1 << delivered.clamp(1, 6)) / 2;
                message
                    .ack_with(AckKind::Nak(Some(grown.min(RETRY_MAX))))
                    .await
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
