//! The bus as an operator, or an attacker inside the network, sees it.
use std::time::Duration;

use anyhow::{Context, Result};
use async_nats::{
    Client, Message, Subscriber,
    jetstream::{self, consumer::PullConsumer},
};
use bytes::Bytes;
use futures::StreamExt;
use prost::Message as _;
use tokio::time::timeout;
use wt_proto::{event::Envelope, stream::CONSUMERS};

use super::until;

/// A connection of nobody in particular.
pub(crate) struct Bus {
    client: Client,
}

/// What was seen on a subject while it was listened to.
pub(crate) struct Ear {
    subscriber: Subscriber,
}

impl Bus {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        Ok(Self {
            client: async_nats::connect(url).await?,
        })
    }

    /// Listens to `subject` from now on.
    pub(crate) async fn listen(&self, subject: &str) -> Result<Ear> {
        let subscriber = self.client.subscribe(subject.to_owned()).await?;
        self.client.flush().await?;
        Ok(Ear { subscriber })
    }

    /// Publishes as a service would, under a message id of its own so that the server's
    /// deduplication does not help anybody.
    pub(crate) async fn publish(&self, like: &Message, payload: Bytes, id: &str) -> Result<()> {
        let mut headers = like.headers.clone().unwrap_or_default();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id);
        jetstream::new(self.client.clone())
            .publish_with_headers(like.subject.clone(), headers, payload)
            .await?
            .await?;
        Ok(())
    }

    /// Waits until every consumer of the platform has handled everything there is.
    pub(crate) async fn quiet(&self) -> Result<()> {
        let context = jetstream::new(self.client.clone());
        let patience = Duration::from_mins(1);
        until("the consumers to be done", patience, || async {
            for declared in CONSUMERS {
                let stream = context.get_stream(declared.stream.name).await?;
                let mut consumer: PullConsumer = stream
                    .get_consumer(declared.name)
                    .await
                    .map_err(|error| anyhow::anyhow!("{}: {error}", declared.name))?;
                let info = consumer.info().await?;
                if info.num_pending > 0 || info.num_ack_pending > 0 {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
        .await
    }
}

impl Ear {
    /// The next message, which must come.
    pub(crate) async fn next(&mut self) -> Result<Message> {
        timeout(Duration::from_mins(1), self.subscriber.next())
            .await
            .context("heard nothing")?
            .context("the connection ended")
    }

    /// The next message whose payload is the event `E`.
    pub(crate) async fn event<E: prost::Message + Default>(&mut self) -> Result<(Envelope, E)> {
        let message = self.next().await?;
        let envelope = Envelope::decode(message.payload)?;
        let event = E::decode(envelope.payload.as_slice())?;
        Ok((envelope, event))
    }
}
