//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultsFault {
    /// No such exposure in this organization.
    #[error("there is no such exposure")]
    ExposureUnknown,
    /// Nothing happened that a packet could prove.
    #[error("nothing has been proven about this exposure yet")]
    NothingToProve,
    /// The exposure is not in a state that allows the action.
    #[error("{reason}")]
    ActionUnsuitable {
        /// Why, as a sentence.
        reason: String,
    },
    /// More exposures than one bulk may have.
    #[error("it fits more than {limit} exposures")]
    BulkTooMany {
        /// Most of one bulk.
        limit: usize,
    },
    /// More exposures than when somebody looked.
    #[error("it fits {matching} exposures by now, and {expected} were expected")]
    BulkGrew {
        /// How many there were.
        expected: u64,
        /// How many there are.
        matching: u64,
    },
    /// No such bulk in this organization.
    #[error("there is no such bulk")]
    BulkUnknown,
    /// It was taken back before.
    #[error("it was taken back before")]
    BulkUndone,
    /// No such view, or not the caller's to see.
    #[error("there is no such view")]
    ViewUnknown,
    /// Shared by somebody else.
    #[error("somebody else shared this view")]
    ViewOfSomebodyElse,
    /// The caller has a view of this name.
    #[error("you have a view of this name")]
    ViewNameTaken,
    /// As many views as one person may have.
    #[error("you have as many views as one person may have")]
    ViewsTooMany,
    /// Two runs left more than one answer reads.
    #[error("the two runs left too much to compare in one answer")]
    ComparisonTooLarge,
    /// Asked about a moment whose history the plan keeps no longer.
    #[error("history is kept since {} by the plan", since.date())]
    NotKept {
        /// From when on it is whole.
        since: time::OffsetDateTime,
    },
    /// A file that can't be taken.
    #[error(transparent)]
    Import(#[from] wt_import::ImportFault),
    /// The idempotency key named another file before.
    #[error("this idempotency key named another file before")]
    ImportKeyReused,
    /// The plan could not be asked for.
    #[error(transparent)]
    Standing(#[from] wt_standing::StandingFault),
    /// Edited meanwhile.
    #[error("it was changed since it was read")]
    Stale,
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
    /// The object store is away.
    #[error(transparent)]
    Artifact(#[from] wt_artifacts::ArtifactFault),
    /// A message that can't be read.
    #[error("the message can't be read")]
    Message(#[from] wt_bus::InvalidEnvelope),
    /// A document could not be drawn: a bug here.
    #[error("the document could not be written")]
    Render(#[from] wt_paper::PaperFault),
    /// Drawing stopped halfway.
    #[error("the document could not be written")]
    Stopped(#[from] tokio::task::JoinError),
    /// Nobody shows a ledger under this name, or no longer.
    #[error("nobody shows a ledger under this name")]
    PublicLedgerUnknown,
    /// Another organization's page has this name.
    #[error("another page has this name")]
    PublicNameTaken,
    /// Another key of the ledger signs by now.
    #[error("the key that signs tree heads now is not configured here")]
    LedgerKeyNotHeld,
    /// A rotation other than the recorded ones.
    #[error("the configured rotation contradicts those that were recorded before")]
    LedgerKeyContradicts,
    /// A stored row contradicts the code.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id.
        place: String,
        /// What could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ResultsFault {
    /// Names a bad field.
    pub(crate) fn field(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.to_string(),
        }
    }

    /// A row that can't be turned into its domain type.
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

impl From<sqlx::Error> for ResultsFault {
    fn from(source: sqlx::Error) -> Self {
        Self::Store(source.into())
    }
}

impl wt_pg::AsPgFault for ResultsFault {
    fn as_pg_fault(&self) -> Option<&wt_pg::PgFault> {
        match self {
            Self::Store(fault) => Some(fault),
            _ => None,
        }
    }
}

impl Fault for ResultsFault {
    fn kind(&self) -> Kind {
        match self {
            Self::ExposureUnknown
            | Self::BulkUnknown
            | Self::ViewUnknown
            | Self::PublicLedgerUnknown => Kind::NotFound,
            Self::NothingToProve
            | Self::ActionUnsuitable { .. }
            | Self::BulkTooMany { .. }
            | Self::BulkGrew { .. }
            | Self::BulkUndone
            | Self::ViewOfSomebodyElse
            | Self::ViewNameTaken
            | Self::ViewsTooMany
            | Self::ComparisonTooLarge
            | Self::NotKept { .. }
            | Self::LedgerKeyContradicts
            | Self::Stale => Kind::Precondition,
            Self::Field { .. } | Self::Message(_) => Kind::Invalid,
            Self::Access(fault) => fault.kind(),
            Self::ImportKeyReused | Self::PublicNameTaken => Kind::Conflict,
            Self::Import(fault) => fault.kind(),
            Self::Standing(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Artifact(fault) => fault.kind(),
            Self::LedgerKeyNotHeld => Kind::Unavailable,
            Self::Render(_) | Self::Stopped(_) => Kind::Internal,
            Self::Inconsistent { .. } => Kind::Inconsistent,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::ExposureUnknown => "exposure.not_found",
            Self::NothingToProve => "packet.nothing_to_prove",
            Self::ActionUnsuitable { .. } => "exposure.action_unsuitable",
            Self::BulkTooMany { .. } => "bulk.too_many",
            Self::BulkGrew { .. } => "bulk.grew",
            Self::BulkUnknown => "bulk.not_found",
            Self::BulkUndone => "bulk.already_undone",
            Self::ViewUnknown => "view.not_found",
            Self::ViewOfSomebodyElse => "view.not_yours",
            Self::ViewNameTaken => "view.name_taken",
            Self::ViewsTooMany => "view.too_many",
            Self::ComparisonTooLarge => "comparison.too_large",
            Self::NotKept { .. } => "history.not_kept",
            Self::Stale => "request.stale",
            Self::Field { .. } => "request.invalid_field",
            Self::Message(_) => "event.unreadable",
            Self::Access(fault) => fault.code(),
            Self::Import(fault) => fault.code(),
            Self::ImportKeyReused => "request.idempotency_key_reused",
            Self::Standing(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Artifact(fault) => fault.code(),
            Self::PublicLedgerUnknown => "transparency.not_found",
            Self::PublicNameTaken => "transparency.name_taken",
            Self::LedgerKeyNotHeld => "ledger.key_not_held",
            Self::LedgerKeyContradicts => "ledger.key_contradicts",
            Self::Render(_) | Self::Stopped(_) => "paper.unwritable",
            Self::Inconsistent { .. } => "results.inconsistent",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::NothingToProve => "wait for a run to say something about it",
            Self::BulkTooMany { .. } => "narrow the filter and do it in parts",
            Self::BulkGrew { .. } => "look again at what it fits",
            Self::ViewOfSomebodyElse => "save a view of your own",
            Self::ComparisonTooLarge => "compare runs of fewer assets",
            Self::NotKept { .. } => "ask about a later day; a larger plan keeps more from now on",
            Self::Import(fault) => fault.advice(),
            Self::ImportKeyReused => "use a new key for a new request",
            Self::LedgerKeyNotHeld | Self::LedgerKeyContradicts => {
                "the operator follows docs/operate/runbooks/key-rotation.md"
            }
            Self::PublicNameTaken => "choose another name, or none",
            Self::Stale => "read it again and repeat your change",
            Self::Access(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            _ => "",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Field { field, reason } => vec![FieldFault {
                field: field.clone(),
                reason: reason.clone(),
            }],
            _ => Vec::new(),
        }
    }
}
