//! What every end-to-end test needs: a fleet, targets and the API.
pub(crate) mod api;
pub(crate) mod bus;
pub(crate) mod fleet;
pub(crate) mod target;

use std::{future::Future, time::Duration};

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// Looks again and again until `condition` yields something, at most `patience`.
pub(crate) async fn until<T, Check, Looking>(
    what: &str,
    patience: Duration,
    mut condition: Check,
) -> Result<T>
where
    Check: FnMut() -> Looking,
    Looking: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = condition().await? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            bail!("waited {patience:?} in vain: {what}");
        }
        sleep(Duration::from_millis(100)).await;
    }
}
