//! Messages nobody could handle: kept with the error, for an operator to send again.

use async_nats::{HeaderMap, jetstream};
use wt_proto::{stream::Consumer, subject::dead_letter};

use crate::{Bus, BusFault};

/// Longest error kept with a dead letter.
const CAUSE_CHARS_MAX: usize = 2_000;

impl Bus {
    /// Keeps a message with the reason it could not be handled. Keeping it twice is one letter.
    pub(crate) async fn bury(
        &self,
        consumer: &Consumer,
        message: &jetstream::Message,
        cause: &str,
    ) -> Result<(), BusFault> {
        let sequence = message
            .info()
            .map(|info| info.stream_sequence)
            .unwrap_or_default();
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("dlq:{}:{sequence}", consumer.name));
        headers.insert("Wt-Subject", message.subject.as_str());
        let cause: String = cause
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(CAUSE_CHARS_MAX)
            .collect();
        headers.insert("Wt-Cause", cause.as_str());
        let subject = dead_letter(consumer.stream.name, consumer.name);
        self.jetstream
            .publish_with_headers(subject, headers, message.payload.clone())
            .await
            .map_err(|error| BusFault::away("keep a dead letter", error))?
            .await
            .map_err(|error| BusFault::away("keep a dead letter", error))?;
        Ok(())
    }
}
