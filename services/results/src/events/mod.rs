//! What this service hears: one file an event.

pub(crate) mod apply_result;
mod asset_withdrawn;
mod audit_recorded;
pub(crate) mod scan_accepted;

use std::sync::Arc;

use wt_artifacts::Artifacts;
use wt_bus::{Bus, consume};
use wt_envelope::TrustedKeys;
use wt_lifecycle::Life;
use wt_pg::Pool;
use wt_proto::stream::{RESULTS_AUDIT, RESULTS_AUTHORIZATIONS, RESULTS_SCAN_ACCEPTED};

use crate::ledger_keys::LedgerKeys;
use crate::metrics::Metrics;

/// What the consumers share; cheap to clone.
#[derive(Clone)]
pub(crate) struct Hearing {
    pub(crate) pool: Pool,
    pub(crate) artifacts: Artifacts,
    /// Keys whose signature makes a job ours.
    pub(crate) job_keys: Arc<TrustedKeys>,
    /// Signs tree heads.
    pub(crate) ledger_keys: Arc<LedgerKeys>,
    pub(crate) metrics: Metrics,
}

/// Starts every consumer.
pub(crate) fn start(bus: &Bus, life: &Life, hearing: &Hearing) {
    consume(
        bus,
        life,
        &RESULTS_SCAN_ACCEPTED,
        scan_accepted::ScanAcceptedHandler::new(hearing.clone()),
    );
    consume(
        bus,
        life,
        &RESULTS_AUTHORIZATIONS,
        asset_withdrawn::AssetWithdrawnHandler::new(hearing.clone()),
    );
    consume(
        bus,
        life,
        &RESULTS_AUDIT,
        audit_recorded::AuditRecordedHandler::new(hearing.clone()),
    );
}
