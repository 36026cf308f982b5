//! Pauses that grow with failures in a row: what makes guessing slow.

use std::time::Duration;

use crate::{Throttle, ThrottleFault};

/// How pauses grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Failures that cost nothing: people mistype.
    pub free: u32,
    /// The first pause; each further failure doubles it.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// After so long without a failure all are forgotten; longer than the longest pause.
    pub forget_after: Duration,
}

impl Throttle {
    /// Notes a failure of `key`, and says how long it has to pause from now.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`].
    pub async fn fail(&self, key: &str, backoff: Backoff) -> Result<Duration, ThrottleFault> {
        let pause_ms: u64 = self
            .scripts()
            .fail
            .key(fail_key(key))
            .arg(backoff.free)
            .arg(millis(backoff.first))
            .arg(millis(backoff.longest))
            .arg(millis(backoff.forget_after))
            .invoke_async(&mut self.connection())
            .await
            .map_err(ThrottleFault::Away)?;
        Ok(Duration::from_millis(pause_ms))
    }

    /// How long `key` still has to pause; zero when it need not, none when there is no failure of it
    /// to forgive.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`].
    pub async fn pause(&self, key: &str) -> Result<Option<Duration>, ThrottleFault> {
        let pause_ms: i64 = self
            .scripts()
            .pause
            .key(fail_key(key))
            .invoke_async(&mut self.connection())
            .await
            .map_err(ThrottleFault::Away)?;
        Ok(u64::try_from(pause_ms).ok().map(Duration::from_millis))
    }

    /// Forgets every failure of `key`, because it succeeded.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`].
    pub async fn forgive(&self, key: &str) -> Result<(), ThrottleFault> {
        redis::cmd("DEL")
            .arg(fail_key(key))
            .query_async(&mut self.connection())
            .await
            .map_err(ThrottleFault::Away)
    }
}

fn fail_key(key: &str) -> String {
    format!("wt:fail:{key}")
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
