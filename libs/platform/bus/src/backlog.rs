//! How far each durable consumer is behind, for the operator.

use std::collections::BTreeMap;

use async_nats::jetstream::{
    consumer::Info,
    stream::{RawMessageErrorKind, Stream},
};
use futures::TryStreamExt;
use time::OffsetDateTime;
use wt_proto::stream::{self, CONSUMERS, SCAN_JOBS, STREAMS};

use crate::{Bus, BusFault};

/// Begins the durable name of a private pool's workers.
const POOL_WORKERS: &str = "scan-workers-";

/// How one consumer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Stream it reads.
    pub stream: String,
    /// Its durable name.
    pub consumer: String,
    /// Subjects it wants; empty for all of the stream.
    pub subjects: Vec<String>,
    /// Whether the broker knows it: one whose service never ran is not there yet.
    pub is_there: bool,
    /// Messages nobody was given yet.
    pub waiting: u64,
    /// Messages that somebody works on.
    pub in_progress: u64,
    /// Of those, messages that were given out before.
    pub redelivered: u64,
    /// Asks that wait at the broker for a message: none means that nobody is there, or busy.
    pub listening: u64,
    /// When the oldest message that is not settled was said.
    pub oldest_at: Option<OffsetDateTime>,
    /// When a message was given out last.
    pub last_given_at: Option<OffsetDateTime>,
}

impl Bus {
    /// How every durable consumer of the platform stands, private pools' workers included.
    ///
    /// # Errors
    /// [`BusFault::Away`].
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, BusFault> {
        let mut backlogs = Vec::new();
        for declared in STREAMS {
            let ours: Vec<_> = CONSUMERS
                .iter()
                .filter(|consumer| consumer.stream.name == declared.name)
                .collect();
            if ours.is_empty() {
                continue;
            }
            let (stream, mut infos) = self.infos(declared).await?;
            for consumer in ours {
                let info = infos.remove(consumer.name);
                backlogs.push(match info {
                    Some(info) => backlog(&stream, info).await?,
                    None => absent(declared, consumer),
                });
            }
            // What is left is of private pools, or of somebody who only listens for a while.
            for (name, info) in infos {
                if declared.name == SCAN_JOBS.name && name.starts_with(POOL_WORKERS) {
                    backlogs.push(backlog(&stream, info).await?);
                }
            }
        }
        Ok(backlogs)
    }

    async fn infos(
        &self,
        declared: &stream::Stream,
    ) -> Result<(Stream, BTreeMap<String, Info>), BusFault> {
        let stream = self
            .jetstream
            .get_stream(declared.name)
            .await
            .map_err(|error| BusFault::away("find a stream", error))?;
        let infos: Vec<Info> = stream
            .consumers()
            .try_collect()
            .await
            .map_err(|error| BusFault::away("list consumers", error))?;
        let by_name = infos.into_iter().map(|info| (info.name.clone(), info));
        Ok((stream, by_name.collect()))
    }
}

fn absent(declared: &stream::Stream, consumer: &stream::Consumer) -> Backlog {
    Backlog {
        stream: declared.name.to_owned(),
        consumer: consumer.name.to_owned(),
        subjects: consumer.subjects.iter().map(|s| (*s).to_owned()).collect(),
        is_there: false,
        waiting: 0,
        in_progress: 0,
        redelivered: 0,
        listening: 0,
        oldest_at: None,
        last_given_at: None,
    }
}

async fn backlog(stream: &Stream, info: Info) -> Result<Backlog, BusFault> {
    let count = |n| u64::try_from(n).unwrap_or(u64::MAX);
    let mut subjects = info.config.filter_subjects.clone();
    if !info.config.filter_subject.is_empty() {
        subjects.push(info.config.filter_subject.clone());
    }
    let in_progress = count(info.num_ack_pending);
    let oldest_at = if info.num_pending == 0 && in_progress == 0 {
        None
    } else {
        oldest(stream, &subjects, info.ack_floor.stream_sequence + 1).await?
    };
    Ok(Backlog {
        stream: info.stream_name,
        consumer: info.name,
        subjects,
        is_there: true,
        waiting: info.num_pending,
        in_progress,
        redelivered: count(info.num_redelivered),
        listening: count(info.num_waiting),
        oldest_at,
        last_given_at: info.delivered.last_active,
    })
}

/// When the first message from `sequence` on that is on one of these subjects was said.
async fn oldest(
    stream: &Stream,
    subjects: &[String],
    sequence: u64,
) -> Result<Option<OffsetDateTime>, BusFault> {
    let mut oldest: Option<OffsetDateTime> = None;
    for subject in subjects {
        let found = stream
            .get_first_raw_message_by_subject(subject, sequence)
            .await;
        match found {
            Ok(found) => oldest = Some(oldest.map_or(found.time, |at| at.min(found.time))),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {}
            Err(error) => return Err(BusFault::away("read a stream", error)),
        }
    }
    Ok(oldest)
}
