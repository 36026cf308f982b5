//! One token bucket per key, taken from atomically by a script.

use std::{sync::Arc, time::Duration};

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

impl Budget {
    /// Seconds in which an empty bucket fills, rounded up: the window of its policy.
    pub fn window_s(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "budgets are positive and fill within days"
        )]
        let seconds = (f64::from(self.size) / self.per_second).ceil() as u64;
        seconds.max(1)
    }
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

/// What one of several buckets says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Tokens left.
    pub left: u32,
    /// Time until there are enough, for the one that refuses; until it is full, for the others.
    pub reset: Duration,
}

/// What several buckets say together, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standings {
    /// Each bucket.
    pub buckets: Vec<Standing>,
    /// Which refuses; none when all granted. Then nothing was taken from any.
    pub refused: Option<usize>,
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
    scripts: Arc<Scripts>,
}

/// What runs inside Redis, so that it is atomic.
pub(crate) struct Scripts {
    take_all: Script,
    pub(crate) fail: Script,
    pub(crate) pause: Script,
    pub(crate) release: Script,
    pub(crate) places: Script,
    pub(crate) hold: Script,
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
            scripts: Arc::new(Scripts {
                take_all: Script::new(include_str!("scripts/take_all.lua")),
                fail: Script::new(include_str!("scripts/fail.lua")),
                pause: Script::new(include_str!("scripts/pause.lua")),
                release: Script::new(include_str!("scripts/release.lua")),
                places: Script::new(include_str!("scripts/places.lua")),
                hold: Script::new(include_str!("scripts/hold.lua")),
            }),
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
        let said = self.take_all(&[(key.to_owned(), budget)], tokens).await?;
        let bucket = said.buckets.first().copied().unwrap_or(Standing {
            left: 0,
            reset: Duration::ZERO,
        });
        Ok(match said.refused {
            None => Verdict::Granted { left: bucket.left },
            Some(_) => Verdict::Refused {
                retry_after: bucket.reset,
            },
        })
    }

    /// Takes `tokens` from each of several buckets in one round trip: from all or from none.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`].
    pub async fn take_all(
        &self,
        buckets: &[(String, Budget)],
        tokens: u32,
    ) -> Result<Standings, ThrottleFault> {
        let mut call = self.scripts.take_all.prepare_invoke();
        call.arg(tokens);
        for (key, budget) in buckets {
            call.key(format!("wt:bucket:{key}"))
                .arg(budget.size)
                .arg(budget.per_second);
        }
        let said: Vec<u64> = call
            .invoke_async(&mut self.connection())
            .await
            .map_err(ThrottleFault::Away)?;
        let (refused, said) = said.split_first().unwrap_or((&0, &[]));
        Ok(Standings {
            buckets: said
                .chunks_exact(2)
                .map(|pair| Standing {
                    left: pair
                        .first()
                        .map_or(0, |left| u32::try_from(*left).unwrap_or(u32::MAX)),
                    reset: Duration::from_millis(pair.last().copied().unwrap_or_default()),
                })
                .collect(),
            refused: usize::try_from(*refused)
                .ok()
                .and_then(|nth| nth.checked_sub(1)),
        })
    }

    pub(crate) fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    pub(crate) fn scripts(&self) -> &Scripts {
        &self.scripts
    }
}
