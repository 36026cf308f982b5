//! Somebody asked for a report, perhaps of another replica: look for it now, not in a while.

use std::sync::Arc;

use tokio::sync::Notify;
use wt_bus::{Delivery, Handler, Outcome};

/// Wakes the writer. The row is what counts, and it is there before this is heard; hearing it
/// twice wakes twice. So there is no inbox.
pub(crate) struct ReportRequested {
    /// Wakes the writer.
    pub(crate) wake: Arc<Notify>,
}

impl Handler for ReportRequested {
    async fn handle(&self, _: Delivery) -> Outcome {
        self.wake.notify_one();
        Outcome::Done
    }
}
