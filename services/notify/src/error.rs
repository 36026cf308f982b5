//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifyFault {
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
    /// A stored row or an answer contradicts the contract.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id, or message and field.
        place: String,
        /// What could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A template failed: a bug here.
    #[error("the message could not be written")]
    Render(#[from] minijinja::Error),
    /// JSON could not be written: a bug here.
    #[error("the message could not be written")]
    Body(#[from] serde_json::Error),
    /// A secret that cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] wt_seal::SealFault),
    /// An address that may not be asked.
    #[error(transparent)]
    Outbound(#[from] wt_outbound::OutboundFault),
    /// No such integration here.
    #[error("there is no such integration")]
    IntegrationUnknown,
    /// No such message of it.
    #[error("there is no such delivery")]
    DeliveryUnknown,
    /// Nothing is sent to it.
    #[error("the integration is switched off")]
    IntegrationOff,
    /// The organization has enough.
    #[error("an organization has at most {max} integrations", max = crate::domain::integration::INTEGRATIONS_MAX)]
    IntegrationsFull,
    /// Chats check no signature, and trackers are asked with a token of theirs.
    #[error("what goes there is not signed")]
    Unsigned,
    /// Webhooks and chats keep no issues.
    #[error("no issues are made there")]
    NoTracker,
    /// No such exposure here.
    #[error("there is no such exposure")]
    ExposureUnknown,
    /// Nothing is to be done about it.
    #[error("the exposure is not open")]
    NothingToMend,
    /// The operator gave no master key.
    #[error("this installation cannot keep the secrets of integrations")]
    NoMasterKey,
}

impl NotifyFault {
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
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Inconsistent {
            place: place.into(),
            source: Box::new(source),
        }
    }
}

impl Fault for NotifyFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Field { .. } => Kind::Invalid,
            Self::Access(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Peer(fault) => fault.kind(),
            Self::Inconsistent { .. } => Kind::Inconsistent,
            Self::Seal(fault) => fault.kind(),
            Self::Outbound(fault) => fault.kind(),
            Self::IntegrationUnknown | Self::DeliveryUnknown | Self::ExposureUnknown => {
                Kind::NotFound
            }
            Self::IntegrationOff
            | Self::IntegrationsFull
            | Self::Unsigned
            | Self::NoTracker
            | Self::NothingToMend
            | Self::NoMasterKey => Kind::Precondition,
            Self::Render(_) | Self::Body(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Field { .. } => "request.invalid_field",
            Self::Access(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Peer(fault) => fault.code(),
            Self::Inconsistent { .. } => "notify.inconsistent",
            Self::Seal(fault) => fault.code(),
            Self::Outbound(fault) => fault.code(),
            Self::IntegrationUnknown => "integration.not_found",
            Self::DeliveryUnknown => "integration.delivery_not_found",
            Self::IntegrationOff => "integration.off",
            Self::IntegrationsFull => "integration.too_many",
            Self::Unsigned => "integration.unsigned",
            Self::NoTracker => "integration.no_tracker",
            Self::ExposureUnknown => "exposure.not_found",
            Self::NothingToMend => "ticket.nothing_to_mend",
            Self::NoMasterKey => "integration.unavailable",
            Self::Render(_) | Self::Body(_) => "notify.unrenderable",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::Access(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            Self::Peer(fault) => fault.advice(),
            Self::IntegrationOff => "switch it on first; a test goes out all the same",
            Self::Unsigned => "store a new address of a chat, or a new token of a tracker",
            Self::NoTracker => "choose a connection to GitHub or Jira",
            Self::NothingToMend => "issues are made of what is open or unresponsive",
            Self::IntegrationsFull => "remove one that is not used any more",
            Self::NoMasterKey => "an operator sets WT_MASTER_KEY_FILE of the notify service",
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
