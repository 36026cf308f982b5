//! Whether a key management service is there, as the service's readiness tells it.
use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_lifecycle::Life;

use crate::MasterKey;

/// Time between two looks: an outage is seen before the second probe of a balancer.
const EVERY: Duration = Duration::from_secs(10);

/// Keeps the readiness `master-key` true while the key can be asked for. A key that this process
/// holds itself is always there, and is not told of.
pub fn watch(life: &Life, master: Arc<dyn MasterKey>) {
    if !master.is_remote() {
        return;
    }
    let (ready, stopping) = (life.readiness("master-key"), life.stopping());
    life.spawn("master-key", async move {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok::<(), Infallible>(()),
                _ = tick.tick() => {}
            }
            match master.current().await {
                Ok(_) => ready.set(true),
                Err(fault) => {
                    ready.set(false);
                    tracing::error!(
                        error = %wt_fault::chain(&fault),
                        "the master key cannot be reached: no secret is sealed or opened until it can"
                    );
                }
            }
        }
    });
}
