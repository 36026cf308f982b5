//! Waiting for facts, never for time.
use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// How often a condition is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Waits until `condition` gives a value, and panics with `what` if it has not by `patience`.
///
/// # Panics
/// The condition did not come true in time.
pub async fn until<T, F, Fut>(patience: Duration, what: &str, mut condition: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + patience;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(
            Instant::now() < deadline,
            "waited {patience:?} in vain for {what}"
        );
        sleep(LOOK_AGAIN).await;
    }
}
