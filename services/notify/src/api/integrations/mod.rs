//! Webhooks, chats and trackers: one file an operation.

pub(super) mod delete;
pub(super) mod deliveries;
pub(super) mod list;
pub(super) mod put;
pub(super) mod replay;
pub(super) mod rotate;
pub(super) mod test;

use wt_proto::{convert::to_timestamp, notify};
use wt_seal::Seal;

use super::Api;
use crate::{
    error::NotifyFault,
    store::{integration::IntegrationRow, integration_delivery::DeliveryRow},
};

/// Where addresses are sealed.
pub(crate) const ADDRESS_COLUMN: &str = "notify.integrations.address";
/// Where signing secrets and tokens are sealed.
pub(crate) const SECRET_COLUMN: &str = "notify.integrations.secret";

/// What secrets are sealed with, where the operator gave a master key.
fn seal(api: &Api) -> Result<&Seal, NotifyFault> {
    api.seal.as_ref().ok_or(NotifyFault::NoMasterKey)
}

/// Random bytes that messages are signed with.
fn new_secret() -> [u8; crate::domain::signature::SECRET_BYTES] {
    rand::random()
}

/// As it crosses the wire: without its address and its secret.
fn wire(row: IntegrationRow) -> notify::Integration {
    // What cannot be read is shown as nothing here, and said where it is used.
    let tracker = row.tracker.as_ref().and_then(|_| row.tracker().ok());
    notify::Integration {
        tracker: tracker.map(|kept| notify::Tracker {
            project: kept.project,
            labels: kept.labels,
            issue_type: kept.issue_type,
            account: kept.account,
            done_transition: kept.done_transition,
            reopen_transition: kept.reopen_transition,
        }),
        failing: row.failing,
        id: row.id,
        kind: row.kind,
        name: row.name,
        origin: row.origin,
        rule: Some(notify::IntegrationRule {
            min_severity: row.min_severity,
            events: row.events,
            asset_ids: row.asset_ids,
        }),
        enabled: row.enabled,
        disabled_reason: row.disabled_reason,
        failures: u32::try_from(row.failures).unwrap_or(0),
        last_sent_at: row.last_sent_at.map(to_timestamp),
        last_failed_at: row.last_failed_at.map(to_timestamp),
        old_secret_until: row.old_until.map(to_timestamp),
        created_at: Some(to_timestamp(row.created_at)),
    }
}

impl From<DeliveryRow> for notify::IntegrationDelivery {
    fn from(row: DeliveryRow) -> Self {
        let pending = row.state == "pending";
        Self {
            id: row.id,
            integration_id: row.integration_id,
            message_id: row.message_id,
            run_id: row.run_id.unwrap_or_default(),
            exposure_key: row.exposure_key.unwrap_or_default(),
            subject: row.subject,
            state: row.state,
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            last_status: u32::try_from(row.last_status).unwrap_or(0),
            last_error: row.last_error,
            created_at: Some(to_timestamp(row.created_at)),
            sent_at: row.sent_at.map(to_timestamp),
            next_attempt_at: pending.then(|| to_timestamp(row.next_attempt_at)),
        }
    }
}
