//! One token bucket per key, taken from atomically by a script.

use std::time::Duration;

use redis::{Client, Script, aio::ConnectionManager, aio::ConnectionManagerConfig};
use wt_fault::{Fault, Kind};

/// Longest wait for Redis on a request's path: longer than any healthy answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// Where Redis is.
#[derive(Clone, clap::Args)]
pub struct ThrottleArgs {
    /// Redis for shared budgets: `redis://[:password@]host:port/db`; without it nothing is limited
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    pub redis_url: Option<String>,
}

impl std::fmt::Debug for ThrottleArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        let redis_url = self.redis_url.as_ref().map(|_| "[set]");
        f.debug_struct("ThrottleArgs")
            .field("redis_url", &redis_url)
            .finish()
    }
}

/// How much of something is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Tokens a full bucket holds: the largest burst.
    pub size: u32,
    /// Tokens that come back each second.
    pub per_second: f64,
}

/// What a bucket says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken; so many are left.
    Granted {
        /// Tokens left.
        left: u32,
    },
    /// Not enough; try again after this long.
    Refused {
        /// Time until there are enough.
        retry_after: Duration,
    },
}

/// Redis did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ThrottleFault {
    /// The address can't be read.
    #[error("the address of the rate limiter can't be used")]
    Address(#[source] redis::RedisError),
    /// No answer, or an error.
    #[error("the rate limiter is away")]
    Away(#[source] redis::RedisError),
}

impl Fault for ThrottleFault {
    fn kind(&self) -> Kind {
        Kind::Unavailable
    }

    fn code(&self) -> &str {
        "limit.unavailable"
    }
}

/// Shared budgets; cheap to clone, reconnects by itself.
#[derive(Clone)]
pub struct Throttle {
    connection: ConnectionManager,
    take: Script,
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Throttle").finish_non_exhaustive()
    }
}

impl Throttle {
    /// Prepares a connection; it is dialled at the first use.
    ///
    /// # Errors
    /// [`ThrottleFault::Address`].
    pub fn new(url: &str) -> Result<Self, ThrottleFault> {
        let client = Client::open(url).map_err(ThrottleFault::Address)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(ANSWER_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT))
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(client, config)
            .map_err(ThrottleFault::Address)?;
        Ok(Self {
            connection,
            take: Script::new(include_str!("scripts/take.lua")),
        })
    }

    /// Takes `tokens` from the bucket `key`; the key names what is limited and whose it is.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`]; the caller decides whether that refuses or lets through.
    pub async fn take(
        &self,
        key: &str,
        budget: Budget,
        tokens: u32,
    ) -> Result<Verdict, ThrottleFault> {
        let (taken, left, wait_ms): (u8, u32, u64) = self
            .take
            .key(format!("wt:bucket:{key}"))
            .arg(budget.size)
            .arg(budget.per_second)
            .arg(tokens)
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(ThrottleFault::Away)?;
        Ok(if taken == 1 {
            Verdict::Granted { left }
        } else {
            Verdict::Refused {
                retry_after: Duration::from_millis(wait_ms),
            }
        })
    }
}
