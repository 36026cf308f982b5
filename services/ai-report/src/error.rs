//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportFault {
    /// No such report in this organization.
    #[error("there is no such report")]
    Unknown,
    /// The run has not ended, so there is nothing settled to report.
    #[error("the run has not ended yet")]
    RunUnfinished,
    /// The report is not written yet.
    #[error("the report is not ready")]
    NotReady,
    /// Another report of the run is being written.
    #[error("another report of this run is being written")]
    UnderWay,
    /// No such schedule in this organization.
    #[error("there is no such schedule")]
    ScheduleUnknown,
    /// The organization has no logo.
    #[error("there is no logo")]
    LogoUnknown,
    /// As many schedules as an organization may have.
    #[error("the organization has as many schedules as it may have")]
    SchedulesTooMany,
    /// A ticket that was not signed here, has ended, or whose report is gone.
    #[error("this address of a download is not, or no longer, valid")]
    DownloadOver,
    /// A link that was revoked, has ended or never was; which is not told.
    #[error("this link has expired or was revoked")]
    ShareOver,
    /// The report has no such link.
    #[error("there is no such link")]
    ShareUnknown,
    /// As many links as a report may have.
    #[error("the report has as many links as it may have")]
    SharesTooMany,
    /// A field of the request is wrong.
    #[error("{reason}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller may not do this.
    #[error(transparent)]
    Access(#[from] wt_auth::AuthFault),
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] wt_pg::PgFault),
    /// Another service refused or is away.
    #[error(transparent)]
    Peer(#[from] wt_rpc::RpcFault),
    /// The object store refused or is away.
    #[error(transparent)]
    Artifact(#[from] wt_artifacts::ArtifactFault),
    /// A stored row or an answer contradicts the contract.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id, or message and field.
        place: String,
        /// What could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A form could not be drawn: a bug here.
    #[error("the report could not be written")]
    Render(#[from] wt_paper::PaperFault),
    /// Drawing stopped halfway.
    #[error("the report could not be written")]
    Stopped(#[from] tokio::task::JoinError),
}

impl ReportFault {
    /// Names a bad field.
    pub(crate) fn field(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.to_string(),
        }
    }

    /// Something that can't be turned into its domain type.
    pub(crate) fn inconsistent(
        place: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Inconsistent {
            place: place.into(),
            source: source.into(),
        }
    }
}

impl Fault for ReportFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Unknown
            | Self::ScheduleUnknown
            | Self::LogoUnknown
            | Self::DownloadOver
            | Self::ShareOver
            | Self::ShareUnknown => Kind::NotFound,
            Self::RunUnfinished
            | Self::NotReady
            | Self::UnderWay
            | Self::SchedulesTooMany
            | Self::SharesTooMany => Kind::Precondition,
            Self::Field { .. } => Kind::Invalid,
            Self::Access(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Peer(fault) => fault.kind(),
            Self::Artifact(fault) => fault.kind(),
            Self::Inconsistent { .. } => Kind::Inconsistent,
            Self::Render(_) | Self::Stopped(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Unknown => "report.not_found",
            Self::RunUnfinished => "report.run_unfinished",
            Self::NotReady => "report.not_ready",
            Self::UnderWay => "report.under_way",
            Self::ScheduleUnknown => "report.schedule_not_found",
            Self::LogoUnknown => "report.logo_not_found",
            Self::SchedulesTooMany => "report.too_many_schedules",
            Self::DownloadOver => "report.download_over",
            Self::ShareOver => "report.share_over",
            Self::ShareUnknown => "report.share_not_found",
            Self::SharesTooMany => "report.too_many_shares",
            Self::Field { .. } => "request.invalid_field",
            Self::Access(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Peer(fault) => fault.code(),
            Self::Artifact(fault) => fault.code(),
            Self::Inconsistent { .. } => "report.inconsistent",
            Self::Render(_) | Self::Stopped(_) => "report.unrenderable",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::RunUnfinished => "ask again when the run has ended",
            Self::NotReady => "read the report's state first",
            Self::UnderWay => "ask again in a moment",
            Self::SchedulesTooMany => "remove one that nobody needs",
            Self::DownloadOver => "open the report and download it again",
            Self::ShareOver => "ask whoever sent it for a new one",
            Self::SharesTooMany => "revoke one that nobody needs",
            Self::Access(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            Self::Peer(fault) => fault.advice(),
            _ => "",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Field { field, reason } => vec![FieldFault {
                field: field.clone(),
                reason: reason.clone(),
            }],
            Self::Peer(fault) => fault.fields(),
            _ => Vec::new(),
        }
    }
}
