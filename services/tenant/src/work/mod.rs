//! Reconcilers: no input, idempotent, run by every replica.

mod sync_subscriptions;

use std::sync::Arc;

use wt_lifecycle::Life;

use crate::api::Api;

/// Starts them.
pub(crate) fn start(api: &Arc<Api>, ask_hours: u16, life: &Life) {
    if api.billing.sells() {
        sync_subscriptions::start(Arc::clone(api), ask_hours, life);
    }
}
