//! Bus subjects and event types (contracts §9). One place, imported by both ends.
use wt_model::{EventType, Pool, PoolId, RunId, TenantKey};

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
pub fn scan_requested(pool: Pool) -> String {
    format!("scan.requested.{pool}")
}

/// Where a run's progress goes.
pub fn scan_progress(tenant: TenantKey, run: RunId) -> String {
    format!("scan.progress.{tenant}.{run}")
}

/// Where the workers of a pool hear that a run is to stop. A private pool has a subject of its own:
/// its workers hear of nobody else's runs.
pub fn scan_cancel(pool: Pool, run: RunId) -> String {
    match pool {
        Pool::Shared => format!("scan.cancel.{run}"),
        Pool::Private(id) => format!("scan.cancel.{id}.{run}"),
    }
}

/// What workers of a pool subscribe to for cancellation.
pub fn scan_cancel_all(pool: Pool) -> String {
    match pool {
        Pool::Shared => "scan.cancel.*".to_owned(),
        Pool::Private(id) => format!("scan.cancel.{id}.*"),
    }
}

/// Where workers of a private pool say that they are there.
pub fn scan_alive(pool: PoolId) -> String {
    format!("scan.alive.{pool}")
}

/// What the orchestrator subscribes to, to know which private pools have workers.
pub const SCAN_ALIVE_ALL: &str = "scan.alive.*";

/// The pool a [`scan_alive`] subject names.
pub fn pool_of_scan_alive(subject: &str) -> Option<PoolId> {
    subject.strip_prefix("scan.alive.")?.parse().ok()
}

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
