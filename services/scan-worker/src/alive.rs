//! A private pool's worker says that it is there: a run whose pool has none tells people so.
use std::{convert::Infallible, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_bus::Bus;
use wt_lifecycle::Life;
use wt_model::PoolId;
use wt_proto::{Message, scan, subject::scan_alive};

/// Time between two words. A worker counts as there for a minute after the last one, so that
/// three of them may get lost.
const EVERY: Duration = Duration::from_secs(15);

/// Says it until the service stops; a word that is lost is harmless.
pub(crate) fn say(bus: &Bus, life: &Life, pool: PoolId, worker_id: String) {
    let (bus, stopping) = (bus.clone(), life.stopping());
    life.spawn("scan.alive", async move {
        let subject = scan_alive(pool);
        let bytes = scan::WorkerAlive { worker_id }.encode_to_vec();
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok::<(), Infallible>(()),
                _ = tick.tick() => {}
            }
            if let Err(error) = bus.say_bytes(&subject, bytes.clone().into()).await {
                tracing::debug!(error = %wt_fault::chain(&error), "not told");
            }
        }
    });
}
