//! Whether a key management service is there, as the service's readiness tells it.
use std::{sync::Arc, time::Duration};

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
    let ready = life.readiness("master-key");
    life.every("master-key", EVERY, move || {
        let (ready, master) = (ready.clone(), Arc::clone(&master));
        async move {
            let reached = master.current().await;
            ready.set(reached.is_ok());
            // No secret is sealed or opened until it answers again.
            reached.map(|_| ())
        }
    });
}
