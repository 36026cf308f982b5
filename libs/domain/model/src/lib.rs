//! The contract's vocabulary as types, and the one permission table.
//!
//! Every word here is the word used in protos, SQL, REST, events and the UI
//! (`docs/contracts`, section 1). Pure: no I/O, no clock, no randomness.

mod action_kind;
mod asset_kind;
mod event_type;
mod exposure_state;
mod ids;
mod import_format;
mod job_state;
mod limits;
mod mail_kind;
mod page;
mod permission;
mod pool;
mod principal;
mod profile;
mod public_name;
mod role;
mod run_state;
mod severity;
mod tag;
mod tenant_key;
mod verification_method;
mod vocabulary;

pub use action_kind::ActionKind;
pub use asset_kind::AssetKind;
pub use event_type::EventType;
pub use exposure_state::ExposureState;
pub use ids::{
    ActionId, ApiKeyId, ArtifactId, AssetId, AuthorizationId, BulkId, DeliveryId, EventId,
    ImpersonationId, ImportId, IntegrationId, InvalidId, InvitationId, JobId, PasskeyId, PoolId,
    ReportId, ReportScheduleId, ReportShareId, RoleId, RunId, ScanScheduleId, SessionId,
    SsoConnectionId, TeamId, TypedId, UserId, ViewId,
};
pub use import_format::ImportFormat;
pub use job_state::JobState;
pub use limits::*;
pub use mail_kind::MailKind;
pub use page::{Limit, LimitOutOfRange};
pub use permission::{Permission, role_may};
pub use pool::{InvalidPool, Pool};
pub use principal::{Actor, Principal, PrincipalKind, Reach};
pub use profile::{Policy, Profile};
pub use public_name::{NotAPublicName, PUBLIC_NAME_CHARS, PublicName};
pub use role::Role;
pub use run_state::{RunKind, RunState};
pub use severity::Severity;
pub use tag::{InvalidTag, Tag};
pub use tenant_key::TenantKey;
pub use verification_method::VerificationMethod;
pub use vocabulary::UnknownWord;
