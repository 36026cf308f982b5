//! Publishing: acknowledged for news, fire and forget for progress.

use async_nats::HeaderMap;
use bytes::Bytes;
use wt_proto::{Message, event::Envelope};

use crate::{Bus, BusFault};

impl Bus {
    /// Publishes an envelope and waits until the broker has it on disk. Its id is the broker's
    /// de-duplication key, so that publishing again within two minutes is one message.
    ///
    /// # Errors
    /// [`BusFault::Away`]; the message may or may not have arrived, publish it again.
    pub async fn publish(&self, subject: &str, envelope: &Envelope) -> Result<(), BusFault> {
        self.publish_bytes(subject, &envelope.id, envelope.encode_to_vec().into())
            .await
    }

    /// Publishes an encoded envelope under an id of the caller's; see [`Bus::publish`].
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn publish_bytes(
        &self,
        subject: &str,
        message_id: &str,
        bytes: Bytes,
    ) -> Result<(), BusFault> {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", message_id);
        self.jetstream
            .publish_with_headers(subject.to_owned(), headers, bytes)
            .await
            .map_err(|error| BusFault::away("publish", error))?
            .await
            .map_err(|error| BusFault::away("publish", error))?;
        Ok(())
    }

    /// Publishes many encoded envelopes at once and says which arrived, in their order.
    pub async fn publish_all(
        &self,
        messages: Vec<(String, String, Bytes)>,
    ) -> Vec<Result<(), BusFault>> {
        let sends = messages.into_iter().map(|(subject, id, bytes)| async move {
            self.publish_bytes(&subject, &id, bytes).await
        });
        futures::future::join_all(sends).await
    }

    /// Says something that may be lost, such as progress.
    ///
    /// # Errors
    /// [`BusFault::Away`] when the connection's buffer is full.
    pub async fn say(&self, subject: &str, envelope: &Envelope) -> Result<(), BusFault> {
        self.client
            .publish(subject.to_owned(), envelope.encode_to_vec().into())
            .await
            .map_err(|error| BusFault::away("publish", error))
    }

    /// As [`Bus::say`], for what is not an envelope.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn say_bytes(&self, subject: &str, bytes: Bytes) -> Result<(), BusFault> {
        self.client
            .publish(subject.to_owned(), bytes)
            .await
            .map_err(|error| BusFault::away("publish", error))
    }
}
