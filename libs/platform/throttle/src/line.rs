//! Lines: places at an even distance, handed out one after the other to every process.
//!
//! A bucket lets a burst through, and with it more than its rate in some second. A line does not:
//! two places in it are never closer than the widest gap that anyone agreed on, also across a
//! restart of Redis, because a server that does not know what was handed out before it began
//! waits until all of that is over.

use std::time::Duration;

use crate::{Throttle, ThrottleFault};

/// How far ahead places are handed out. What is farther has to be asked for again, so that a
/// process that dies leaves little unused.
const HORIZON: Duration = Duration::from_millis(500);
/// Silence of a server that began anew: its predecessor's last place, and a second after it.
const QUIET: Duration = Duration::from_millis(1_750);
/// How long the widest gap anyone agreed on counts for all.
const GAP_MEMORY: Duration = Duration::from_mins(1);
/// Longest hold; a line that is further ahead was written by a server with another clock.
pub const HOLD_MAX: Duration = Duration::from_mins(2);

/// Places wanted in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What the line is for.
    pub key: String,
    /// Shortest distance between two places.
    pub gap: Duration,
    /// How many places, one after the other.
    pub count: u32,
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// All places wanted.
    Granted {
        /// Time until the first.
        wait: Duration,
        /// Distance to each next; wider than asked for where somebody agreed on less.
        gap: Duration,
    },
    /// None; ask again after this long.
    Later {
        /// Time until asking is worth while.
        wait: Duration,
    },
}

impl Throttle {
    /// Takes places in several lines in one round trip; each line answers for itself.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`]; then no place was taken that anybody may use.
    pub async fn places(&self, wanted: &[Wanted]) -> Result<Vec<Turn>, ThrottleFault> {
        let mut call = self.scripts().places.prepare_invoke();
        call.key("wt:line-server");
        for time in [HORIZON, QUIET, GAP_MEMORY, HOLD_MAX] {
            call.arg(micros(time));
        }
        for line in wanted {
            call.key(key_of(&line.key))
                .arg(micros(line.gap))
                .arg(line.count);
        }
        let said: Vec<u64> = call
            .invoke_async(&mut self.connection())
            .await
            .map_err(ThrottleFault::Away)?;
        Ok(said.chunks_exact(3).map(turn).collect())
    }

    /// Closes a line for a while, [`HOLD_MAX`] at most: nobody gets a place in it.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`].
    pub async fn hold(&self, key: &str, time: Duration) -> Result<(), ThrottleFault> {
        let _: u8 = self
            .scripts()
            .hold
            .key(key_of(key))
            .arg(micros(time.min(HOLD_MAX)))
            .arg(micros(HOLD_MAX + GAP_MEMORY) / 1_000)
            .invoke_async(&mut self.connection())
            .await
            .map_err(ThrottleFault::Away)?;
        Ok(())
    }
}

fn turn(said: &[u64]) -> Turn {
    let [is_granted, wait, gap] = said else {
        return Turn::Later { wait: HORIZON };
    };
    let wait = Duration::from_micros(*wait);
    if *is_granted == 1 {
        let gap = Duration::from_micros(*gap);
        Turn::Granted { wait, gap }
    } else {
        Turn::Later { wait }
    }
}

fn key_of(key: &str) -> String {
    format!("wt:line:{key}")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
