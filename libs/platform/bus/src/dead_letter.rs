//! Messages nobody could handle: kept with the error, for an operator to send again.

use async_nats::{
    HeaderMap,
    jetstream::{
        self,
        message::StreamMessage,
        stream::{RawMessageErrorKind, Stream},
    },
};
use bytes::Bytes;
use futures::TryStreamExt;
use time::OffsetDateTime;
use wt_proto::{
    stream::{Consumer, DLQ},
    subject::dead_letter,
};

use crate::{Bus, BusFault};

/// Longest error kept with a dead letter.
const CAUSE_CHARS_MAX: usize = 2_000;
const HEADER_SUBJECT: &str = "Wt-Subject";
const HEADER_CAUSE: &str = "Wt-Cause";
const HEADER_DELIVERIES: &str = "Wt-Deliveries";

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
    /// How often it was delivered; none for letters from before that was kept.
    pub deliveries: Option<u64>,
    /// Since when it is a dead letter.
    pub died_at: OffsetDateTime,
    /// Its bytes.
    pub body: Bytes,
}

impl DeadLetter {
    /// The stream it was read from and the consumer that gave it up, from where it is kept.
    pub fn read_by(&self) -> Option<(&str, &str)> {
        self.dead_subject.strip_prefix("dlq.")?.split_once('.')
    }

    fn of(found: StreamMessage) -> Self {
        let header = |name: &str| {
            let value = found.headers.get(name);
            value.map(ToString::to_string).unwrap_or_default()
        };
        Self {
            sequence: found.sequence,
            dead_subject: found.subject.to_string(),
            subject: header(HEADER_SUBJECT),
            cause: header(HEADER_CAUSE),
            deliveries: header(HEADER_DELIVERIES).parse().ok(),
            died_at: found.time,
            body: found.payload,
        }
    }
}

impl Bus {
    /// Keeps a message with the reason it could not be handled. Keeping it twice is one letter.
    pub(crate) async fn bury(
        &self,
        consumer: &Consumer,
        message: &jetstream::Message,
        cause: &str,
    ) -> Result<(), BusFault> {
        let (sequence, delivered) = message
            .info()
            .map(|info| (info.stream_sequence, info.delivered))
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
        headers.insert(HEADER_DELIVERIES, delivered.to_string());
        let subject = dead_letter(consumer.stream.name, consumer.name);
        self.jetstream
            .publish_with_headers(subject, headers, message.payload.clone())
            .await
            .map_err(|error| BusFault::away("keep a dead letter", error))?
            .await
            .map_err(|error| BusFault::away("keep a dead letter", error))?;
        Ok(())
    }

    /// The dead letters on `dead_subject` (wildcards allowed) from a place on, oldest first, at
    /// most `limit`.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn dead_letters(
        &self,
        dead_subject: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, BusFault> {
        let stream = self.dead().await?;
        let mut letters = Vec::new();
        let mut next = stream.cached_info().state.first_sequence.max(from).max(1);
        while letters.len() < limit {
            let found = stream
                .get_first_raw_message_by_subject(dead_subject, next)
                .await;
            let Some(found) = there(found)? else { break };
            next = found.sequence.saturating_add(1);
            letters.push(DeadLetter::of(found));
        }
        Ok(letters)
    }

    /// One dead letter, if it is still there.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn dead_letter(&self, sequence: u64) -> Result<Option<DeadLetter>, BusFault> {
        let found = self.dead().await?.get_raw_message(sequence).await;
        Ok(there(found)?.map(DeadLetter::of))
    }

    /// How many dead letters each consumer has, by where they are kept.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn dead_letter_counts(&self) -> Result<Vec<(String, u64)>, BusFault> {
        let away = |error: String| BusFault::away("count dead letters", error);
        let stream = self.dead().await?;
        let counts = stream
            .info_with_subjects("dlq.>")
            .await
            .map_err(|error| away(error.to_string()))?;
        let mut counts: Vec<(String, usize)> = counts
            .try_collect()
            .await
            .map_err(|error: jetstream::stream::InfoError| away(error.to_string()))?;
        counts.sort();
        let count = |n| u64::try_from(n).unwrap_or(u64::MAX);
        Ok(counts
            .into_iter()
            .map(|(subject, letters)| (subject, count(letters)))
            .collect())
    }

    /// Sends a dead letter again, to where it was published first, and removes it. Consumers
    /// that handled it before have it in their inbox. The caller has seen to it that its consumer
    /// reads this subject: who may bury messages may claim any.
    ///
    /// # Errors
    /// [`BusFault::Away`]; it is still among the dead letters, or there as well.
    pub async fn redrive(&self, letter: &DeadLetter) -> Result<(), BusFault> {
        // An id of its own: under the first one the broker might take it for a double.
        let id = format!("redrive:{}", letter.sequence);
        self.publish_bytes(&letter.subject, &id, letter.body.clone())
            .await?;
        self.discard(letter.sequence).await
    }

    /// Removes a dead letter for good. One that is gone already is no fault.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn discard(&self, sequence: u64) -> Result<(), BusFault> {
        let stream = self.dead().await?;
        let Err(error) = stream.delete_message(sequence).await else {
            return Ok(());
        };
        // Somebody else may have been quicker.
        match there(stream.get_raw_message(sequence).await)? {
            None => Ok(()),
            Some(_) => Err(BusFault::away("remove a dead letter", error)),
        }
    }

    async fn dead(&self) -> Result<Stream, BusFault> {
        self.jetstream
            .get_stream(DLQ.name)
            .await
            .map_err(|error| BusFault::away("find the dead letters", error))
    }
}

/// What a question for a message came to; that there is none is an answer.
fn there(
    asked: Result<StreamMessage, jetstream::stream::RawMessageError>,
) -> Result<Option<StreamMessage>, BusFault> {
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(BusFault::away("read dead letters", error)),
    }
}
