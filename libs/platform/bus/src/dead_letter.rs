//! Messages nobody could handle: kept with the error, for an operator to send again.

use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use wt_proto::{
    stream::{Consumer, DLQ},
    subject::dead_letter,
};

use crate::{Bus, BusFault};

/// Longest error kept with a dead letter.
const CAUSE_CHARS_MAX: usize = 2_000;
const HEADER_SUBJECT: &str = "Wt-Subject";
const HEADER_CAUSE: &str = "Wt-Cause";

/// A message nobody could handle, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its place among the dead letters.
    pub sequence: u64,
    /// `dlq.<stream>.<consumer>`.
    pub dead_subject: String,
    /// Where it was published first.
    pub subject: String,
    /// Why it could not be handled.
    pub cause: String,
    /// Its bytes.
    pub body: Bytes,
}

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
        headers.insert(HEADER_SUBJECT, message.subject.as_str());
        let cause: String = cause
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(CAUSE_CHARS_MAX)
            .collect();
        headers.insert(HEADER_CAUSE, cause.as_str());
        let subject = dead_letter(consumer.stream.name, consumer.name);
        self.jetstream
            .publish_with_headers(subject, headers, message.payload.clone())
            .await
            .map_err(|error| BusFault::away("keep a dead letter", error))?
            .await
            .map_err(|error| BusFault::away("keep a dead letter", error))?;
        Ok(())
    }

    /// The dead letters on `dead_subject` (wildcards allowed), oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn dead_letters(
        &self,
        dead_subject: &str,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, BusFault> {
        use async_nats::jetstream::stream::RawMessageErrorKind;
        let away = |error| BusFault::away("read dead letters", error);
        let stream = self
            .jetstream
            .get_stream(DLQ.name)
            .await
            .map_err(|error| away(error.to_string()))?;
        let mut letters = Vec::new();
        let mut next = stream.cached_info().state.first_sequence.max(1);
        while letters.len() < limit {
            let found = match stream
                .get_first_raw_message_by_subject(dead_subject, next)
                .await
            {
                Ok(found) => found,
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => break,
                Err(error) => return Err(away(error.to_string())),
            };
            next = found.sequence.saturating_add(1);
            let header = |name: &str| {
                let value = found.headers.get(name);
                value.map(ToString::to_string).unwrap_or_default()
            };
            letters.push(DeadLetter {
                sequence: found.sequence,
                dead_subject: found.subject.to_string(),
                subject: header(HEADER_SUBJECT),
                cause: header(HEADER_CAUSE),
                body: found.payload.clone(),
            });
        }
        Ok(letters)
    }

    /// Sends a dead letter again, to where it was published first, and removes it. Consumers
    /// that handled it before have it in their inbox.
    ///
    /// # Errors
    /// [`BusFault::Away`]; it is still among the dead letters, or there as well.
    pub async fn redrive(&self, letter: &DeadLetter) -> Result<(), BusFault> {
        // An id of its own: under the first one the broker might take it for a double.
        let id = format!("redrive:{}", letter.sequence);
        self.publish_bytes(&letter.subject, &id, letter.body.clone())
            .await?;
        let stream = self
            .jetstream
            .get_stream(DLQ.name)
            .await
            .map_err(|error| BusFault::away("remove a dead letter", error))?;
        stream
            .delete_message(letter.sequence)
            .await
            .map_err(|error| BusFault::away("remove a dead letter", error))?;
        Ok(())
    }
}
