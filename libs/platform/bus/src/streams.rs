//! Creating what `wt_proto::stream` declares.
//!
//! Servers drop settings they don't know without a word, so each stream is read back and
//! compared after it was created.

use std::time::Duration;

use async_nats::jetstream::{
    consumer::{AckPolicy, Consumer, DeliverPolicy, pull},
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream},
};
use wt_proto::stream::{self, Retention, STREAMS};

use crate::{Bus, BusFault};

/// Window in which the broker refuses a second publish of one id; older doubles end in an inbox.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);
/// Most bytes of one stream, so that a runaway producer meets a refusal and not a full disk. The
/// server reserves this much for each: five streams have to fit the 8 GB a private one is given.
const STREAM_BYTES_MAX: i64 = 1 << 30;
/// Most bytes of a stream that is kept in memory.
const MEMORY_BYTES_MAX: i64 = 64 << 20;

impl Bus {
    /// Creates or updates every stream. Idempotent; every service may do it.
    ///
    /// # Errors
    /// The broker is away, too old, or did not take a setting.
    pub async fn ensure_streams(&self) -> Result<(), BusFault> {
        // A request answers only once connected, so that the version below is the server's.
        self.jetstream
            .query_account()
            .await
            .map_err(|error| BusFault::away("ask the account", error))?;
        self.check_version()?;
        for declared in STREAMS {
            self.ensure_stream(declared).await?;
        }
        Ok(())
    }

    async fn ensure_stream(&self, declared: &stream::Stream) -> Result<(), BusFault> {
        let wanted = config(declared);
        let mut made = match self.jetstream.get_stream(declared.name).await {
            Ok(stream) => stream,
            Err(_) => self
                .jetstream
                .create_stream(wanted.clone())
                .await
                .map_err(|error| BusFault::away("create a stream", error))?,
        };
        let mut found = made
            .info()
            .await
            .map_err(|error| BusFault::away("read a stream", error))?;
        if !agrees(&found.config, &wanted) {
            self.jetstream
                .update_stream(wanted.clone())
                .await
                .map_err(|error| BusFault::away("update a stream", error))?;
            found = made
                .info()
                .await
                .map_err(|error| BusFault::away("read a stream", error))?;
        }
        if agrees(&found.config, &wanted) {
            Ok(())
        } else {
            Err(BusFault::away(
                "create a stream",
                format!("{} kept other settings", declared.name),
            ))
        }
    }

    /// The durable consumer, created unless it is there.
    pub(crate) async fn consumer(
        &self,
        declared: &stream::Consumer,
    ) -> Result<Consumer<pull::Config>, BusFault> {
        let stream = self
            .jetstream
            .get_stream(declared.stream.name)
            .await
            .map_err(|error| BusFault::away("find a stream", error))?;
        let wanted = pull::Config {
            filter_subjects: declared.subjects.iter().map(|s| (*s).to_owned()).collect(),
            ..settings(declared)
        };
        made(&stream, declared, wanted).await
    }

    /// The durable consumer of somebody who may touch nothing else: nothing is asked about the
    /// stream, and its one subject is in the request's, where permissions hold it.
    pub(crate) async fn confined_consumer(
        &self,
        declared: &stream::Consumer,
    ) -> Result<Consumer<pull::Config>, BusFault> {
        let stream = self
            .jetstream
            .get_stream_no_info(declared.stream.name)
            .await
            .map_err(|error| BusFault::away("find a stream", error))?;
        let wanted = pull::Config {
            filter_subject: declared.subjects.concat(),
            ..settings(declared)
        };
        let consumer = made(&stream, declared, wanted).await?;
        self.check_version()?;
        Ok(consumer)
    }

    /// Removes a durable consumer for good, with the messages of its subject, which nobody else
    /// takes. One that is not there was never made.
    ///
    /// # Errors
    /// The broker is away.
    pub async fn retire(
        &self,
        stream: &stream::Stream,
        consumer: &str,
        subject: &str,
    ) -> Result<(), BusFault> {
        let stream = self
            .jetstream
            .get_stream(stream.name)
            .await
            .map_err(|error| BusFault::away("find a stream", error))?;
        if let Err(error) = stream.delete_consumer(consumer).await {
            tracing::debug!(consumer, %error, "no consumer to remove");
        }
        stream
            .purge()
            .filter(subject)
            .await
            .map_err(|error| BusFault::away("purge a subject", error))?;
        Ok(())
    }
}

/// What every durable consumer has, but for its subjects.
fn settings(declared: &stream::Consumer) -> pull::Config {
    pull::Config {
        durable_name: Some(declared.name.to_owned()),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        ack_wait: declared.ack_wait,
        // Counted by the runner, which dead-letters with the error; the broker would just stop
        // delivering.
        max_deliver: -1,
        max_ack_pending: 10_000,
        ..Default::default()
    }
}

/// Makes a consumer and looks whether the server took its settings.
async fn made<I>(
    stream: &Stream<I>,
    declared: &stream::Consumer,
    wanted: pull::Config,
) -> Result<Consumer<pull::Config>, BusFault> {
    let (ack_wait, max_deliver) = (wanted.ack_wait, wanted.max_deliver);
    let made = stream
        .create_consumer(wanted)
        .await
        .map_err(|error| BusFault::away("create a consumer", error))?;
    let kept = &made.cached_info().config;
    if kept.ack_wait != ack_wait || kept.max_deliver != max_deliver {
        let told = format!("{} kept other settings", declared.name);
        return Err(BusFault::away("create a consumer", told));
    }
    Ok(made)
}

fn config(declared: &stream::Stream) -> Config {
    let (retention, max_age) = match declared.retention {
        Retention::WorkQueue => (RetentionPolicy::WorkQueue, Duration::ZERO),
        Retention::Limits(age) => (RetentionPolicy::Limits, age),
    };
    Config {
        name: declared.name.to_owned(),
        subjects: declared.subjects.iter().map(|s| (*s).to_owned()).collect(),
        retention,
        max_age,
        max_bytes: if declared.memory {
            MEMORY_BYTES_MAX
        } else {
            STREAM_BYTES_MAX
        },
        // Progress is worth nothing when it is old; everything else must be refused, not dropped.
        discard: if declared.memory {
            DiscardPolicy::Old
        } else {
            DiscardPolicy::New
        },
        storage: if declared.memory {
            StorageType::Memory
        } else {
            StorageType::File
        },
        duplicate_window: DUPLICATE_WINDOW,
        ..Default::default()
    }
}

fn agrees(found: &Config, wanted: &Config) -> bool {
    found.subjects == wanted.subjects
        && found.retention == wanted.retention
        && found.max_age == wanted.max_age
        && found.discard == wanted.discard
        && found.storage == wanted.storage
        && found.duplicate_window == wanted.duplicate_window
}
