//! A private pool's worker says that it is there: a run whose pool has none tells people so.
use std::time::Duration;

use bytes::Bytes;
use wt_bus::Bus;
use wt_lifecycle::Life;
use wt_model::PoolId;
use wt_proto::{Message, scan, subject::scan_alive};

/// Time between two words. A worker counts as there for a minute after the last one, so that
/// three of them may get lost.
const EVERY: Duration = Duration::from_secs(15);

/// Says it until the service stops; a word that is lost is harmless.
pub(crate) fn say(bus: &Bus, life: &Life, pool: PoolId, worker_id: String) {
    let (bus, subject) = (bus.clone(), scan_alive(pool));
    let word = Bytes::from(scan::WorkerAlive { worker_id }.encode_to_vec());
    life.every("scan.alive", EVERY, move || {
        let (bus, subject, word) = (bus.clone(), subject.clone(), word.clone());
        async move { bus.say_bytes(&subject, word).await }
    });
}
