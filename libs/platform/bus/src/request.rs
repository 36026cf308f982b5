//! Plain subscriptions and request/reply, for what need not survive.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use wt_lifecycle::Life;

use crate::{Bus, BusFault};

/// Messages of a plain subscription.
#[derive(Debug)]
pub struct Subscription {
    inner: async_nats::Subscriber,
}

impl Subscription {
    /// The next message: its subject and bytes; `None` when the connection is closed for good.
    pub async fn next(&mut self) -> Option<(String, Bytes)> {
        self.inner
            .next()
            .await
            .map(|message| (message.subject.to_string(), message.payload))
    }
}

impl Bus {
    /// Listens to a subject, wildcards allowed; what was said before is not heard.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn subscribe(&self, subject: &str) -> Result<Subscription, BusFault> {
        let inner = self
            .client
            .subscribe(subject.to_owned())
            .await
            .map_err(|error| BusFault::away("subscribe", error))?;
        Ok(Subscription { inner })
    }

    /// Asks and waits for one answer.
    ///
    /// # Errors
    /// [`BusFault::NoAnswer`] when nobody answered within `patience`.
    pub async fn ask(
        &self,
        subject: &str,
        bytes: Bytes,
        patience: Duration,
    ) -> Result<Bytes, BusFault> {
        let request = async_nats::Request::new()
            .payload(bytes)
            .timeout(Some(patience));
        self.client
            .send_request(subject.to_owned(), request)
            .await
            .map(|message| message.payload)
            .map_err(|_| BusFault::NoAnswer)
    }
}

/// Answers requests on `subject`, one process of the `queue` group each, until the service
/// stops. `answer` returning `None` leaves the asker without an answer, so that it asks again.
pub fn respond<F, A>(bus: &Bus, life: &Life, subject: &'static str, queue: &'static str, answer: A)
where
    A: Fn(Bytes) -> F + Send + Sync + Clone + 'static,
    F: Future<Output = Option<Bytes>> + Send + 'static,
{
    let (bus, stopping) = (bus.clone(), life.stopping());
    life.spawn(subject, async move {
        let mut requests = bus
            .client
            .queue_subscribe(subject, queue.to_owned())
            .await
            .map_err(|error| BusFault::away("subscribe", error))?;
        loop {
            let request = tokio::select! {
                biased;
                () = stopping.cancelled() => break,
                request = requests.next() => request,
            };
            let Some(request) = request else { break };
            let Some(reply) = request.reply else { continue };
            let (client, answer) = (bus.client.clone(), answer.clone());
            tokio::spawn(async move {
                if let Some(bytes) = answer(request.payload).await {
                    // An asker without an answer asks again.
                    let _ = client.publish(reply, bytes).await;
                }
            });
        }
        Ok::<(), BusFault>(())
    });
}
