//! Bus subjects and event types (contracts §9). One place, imported by both ends.
use wt_model::{EventType, RunId, TenantKey};

use crate::event;

/// A payload that travels in an [`event::Envelope`], with the type and version it is sent under.
pub trait EventPayload: prost::Message + Default {
    /// Message type; also the subject unless the subject carries more tokens.
    const TYPE: &'static str;
    /// Version of the payload's message.
    const VERSION: u32 = 1;
}

macro_rules! payloads {
    ($($message:ident = $word:literal),+ $(,)?) => {
        $(impl EventPayload for event::$message { const TYPE: &'static str = $word; })+
    };
}

payloads! {
    AssetAdded = "asset.added",
    AssetVerified = "asset.verified",
    AssetArchived = "asset.archived",
    AuthorizationRevoked = "authorization.revoked",
    ScanCompleted = "scan.completed",
    ScanFailed = "scan.failed",
    ScanCancelled = "scan.cancelled",
    ScanAccepted = "scan.accepted",
    ScanApplied = "scan.applied",
    RunChanged = "run.changed",
    ScanProgress = "scan.progress",
    ExposureChanged = "exposure.changed",
    OrganizationCreated = "tenant.organization_created",
    MemberAdded = "tenant.member_added",
    MemberRemoved = "tenant.member_removed",
    SessionEnded = "tenant.session_ended",
    ApiKeyRevoked = "tenant.api_key_revoked",
    TenantMail = "tenant.mail",
    AuditRecorded = "audit.recorded",
    ReportRequested = "report.requested",
    ReportReady = "report.ready",
}

/// Request/reply: may this worker run this job?
pub const SCAN_CLAIM: &str = "scan.claim";

/// Where signed jobs of `pool` wait.
pub fn scan_requested(pool: &str) -> String {
    format!("scan.requested.{pool}")
}

/// Where a run's progress goes.
pub fn scan_progress(tenant: TenantKey, run: RunId) -> String {
    format!("scan.progress.{tenant}.{run}")
}

/// Where workers hear that a run is to stop.
pub fn scan_cancel(run: RunId) -> String {
    format!("scan.cancel.{run}")
}

/// What workers subscribe to for cancellation.
pub const SCAN_CANCEL_ALL: &str = "scan.cancel.*";

/// Where an exposure's transition goes, such as `exposure.NEW.org_…`.
pub fn exposure(event: EventType, tenant: TenantKey) -> String {
    format!("exposure.{event}.{tenant}")
}

/// Where a consumer's undeliverable messages go.
pub fn dead_letter(stream: &str, consumer: &str) -> String {
    format!("dlq.{stream}.{consumer}")
}

/// A signed job travels in an envelope like all news (contracts §3).
impl EventPayload for crate::scan::JobEnvelope {
    const TYPE: &'static str = "scan.requested";
}
