//! Work that one process at a time does for all.

use std::time::Duration;

use crate::{Throttle, ThrottleFault};

/// The right to do one piece of work; it ends with [`Flight::land`], or by itself in time.
#[derive(Debug)]
pub struct Flight {
    throttle: Throttle,
    key: String,
    /// Tells this flight from one that began after it had run out.
    token: String,
}

impl Throttle {
    /// Begins the work `key` unless somebody is at it; none says that somebody is. A process
    /// that dies holds it up for `at_most`: work must be shorter, and harmless if done twice.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`].
    pub async fn take_off(
        &self,
        key: &str,
        at_most: Duration,
    ) -> Result<Option<Flight>, ThrottleFault> {
        let key = format!("wt:flight:{key}");
        let token = format!("{:032x}", rand::random::<u128>());
        let taken: Option<String> = redis::cmd("SET")
            .arg(&key)
            .arg(&token)
            .arg("NX")
            .arg("PX")
            .arg(u64::try_from(at_most.as_millis()).unwrap_or(u64::MAX))
            .query_async(&mut self.connection())
            .await
            .map_err(ThrottleFault::Away)?;
        Ok(taken.map(|_ok| Flight {
            throttle: self.clone(),
            key,
            token,
        }))
    }
}

impl Flight {
    /// Ends the work, so that the next may begin; says whether it was still this one's.
    ///
    /// # Errors
    /// [`ThrottleFault::Away`].
    pub async fn land(self) -> Result<bool, ThrottleFault> {
        let ended: u8 = self
            .throttle
            .scripts()
            .release
            .key(&self.key)
            .arg(&self.token)
            .invoke_async(&mut self.throttle.connection())
            .await
            .map_err(ThrottleFault::Away)?;
        Ok(ended == 1)
    }
}
