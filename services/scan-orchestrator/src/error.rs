//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};

/// Code of a target that its rules let nobody scan now.
pub(crate) const OUTSIDE_WINDOW: &str = "run.outside_window";

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanFault {
    /// No such run in this organization.
    #[error("there is no such run")]
    RunUnknown,
    /// Nothing of what was asked for may be scanned.
    #[error("none of the assets may be scanned: {first}")]
    NothingAuthorized {
        /// Why the first may not.
        first: String,
    },
    /// Its rules let none of it be scanned now.
    #[error("{reason}")]
    OutsideWindow {
        /// Which asset opens first, and when.
        reason: String,
    },
    /// The thing changed since it was read.
    #[error("it was changed meanwhile")]
    Stale,
    /// No such schedule in this organization.
    #[error("there is no such schedule")]
    ScheduleUnknown,
    /// More schedules than an organization keeps.
    #[error("an organization keeps at most {most} schedules")]
    SchedulesTooMany {
        /// How many.
        most: i64,
    },
    /// No such pool in this organization or above it.
    #[error("there is no such pool")]
    PoolUnknown,
    /// The organization has a pool of this name.
    #[error("a pool of this name is there already")]
    PoolNameTaken,
    /// Runs that have not ended use the pool.
    #[error("runs use the pool: {by}")]
    PoolInUse {
        /// Which.
        by: String,
    },
    /// Assets rest on the pool: scans that name none go there.
    #[error(
        "the pool is the default: every asset that is scanned without naming a pool rests on it"
    )]
    PoolIsDefault,
    /// Some exposures to verify don't exist.
    #[error("there is no such exposure")]
    ExposureUnknown,
    /// The run ended or is being processed.
    #[error("the run is {state} and can no longer be cancelled")]
    NotCancellable {
        /// Its state.
        state: String,
    },
    /// No such letter among the dead ones.
    #[error("there is no such dead letter: it was sent again, discarded, or is too old")]
    LetterUnknown,
    /// A letter claims a subject that its consumer does not read.
    #[error("the letter claims to be from where its consumer does not read")]
    LetterForeign,
    /// The run has no part to repeat, or not yet.
    #[error("there is nothing to run again: {reason}")]
    NothingToRerun {
        /// Why.
        reason: &'static str,
    },
    /// One key, two requests.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// More than one run can hold.
    #[error("the run would need more than {jobs_max} jobs")]
    TooLarge {
        /// The bound.
        jobs_max: usize,
    },
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
    /// The plan does not include this run, or not now.
    #[error(transparent)]
    Plan(#[from] wt_plan::PlanFault),
    /// It is not known what the plan includes.
    #[error(transparent)]
    Standing(#[from] wt_standing::StandingFault),
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] wt_pg::PgFault),
    /// Another service refused or is away.
    #[error(transparent)]
    Peer(#[from] wt_rpc::RpcFault),
    /// The bus is away.
    #[error(transparent)]
    Bus(#[from] wt_bus::BusFault),
    /// A message can't be read.
    #[error("a message can't be read")]
    Message(#[from] wt_bus::InvalidEnvelope),
    /// A stored row or another service's answer contradicts the code.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id.
        place: String,
    },
}

impl ScanFault {
    /// Names a bad field.
    pub(crate) fn field(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.to_string(),
        }
    }
}

impl Fault for ScanFault {
    fn kind(&self) -> Kind {
        match self {
            Self::RunUnknown
            | Self::ScheduleUnknown
            | Self::PoolUnknown
            | Self::LetterUnknown
            | Self::ExposureUnknown => Kind::NotFound,
            Self::NothingAuthorized { .. }
            | Self::OutsideWindow { .. }
            | Self::Stale
            | Self::NotCancellable { .. }
            | Self::LetterForeign
            | Self::NothingToRerun { .. }
            | Self::PoolInUse { .. }
            | Self::SchedulesTooMany { .. }
            | Self::PoolIsDefault => Kind::Precondition,
            Self::KeyReused | Self::PoolNameTaken => Kind::Conflict,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::Field { .. } | Self::Message(_) => Kind::Invalid,
            Self::Access(fault) => fault.kind(),
            Self::Plan(fault) => fault.kind(),
            Self::Standing(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Peer(fault) => fault.kind(),
            Self::Bus(fault) => fault.kind(),
            Self::Inconsistent { .. } => Kind::Inconsistent,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::RunUnknown => "run.not_found",
            Self::NothingAuthorized { .. } => "run.nothing_authorized",
            Self::OutsideWindow { .. } => OUTSIDE_WINDOW,
            Self::Stale => "request.stale",
            Self::ScheduleUnknown => "schedule.not_found",
            Self::SchedulesTooMany { .. } => "schedule.too_many",
            Self::PoolUnknown => "pool.not_found",
            Self::PoolNameTaken => "pool.name_taken",
            Self::PoolInUse { .. } => "pool.in_use",
            Self::PoolIsDefault => "pool.is_default",
            Self::ExposureUnknown => "exposure.not_found",
            Self::NotCancellable { .. } => "run.not_cancellable",
            Self::LetterUnknown => "dead_letter.not_found",
            Self::LetterForeign => "dead_letter.not_redrivable",
            Self::NothingToRerun { .. } => "run.nothing_to_rerun",
            Self::KeyReused => "request.idempotency_key_reused",
            Self::TooLarge { .. } => "run.too_large",
            Self::Field { .. } => "request.invalid_field",
            Self::Message(_) => "message.invalid",
            Self::Access(fault) => fault.code(),
            Self::Plan(fault) => fault.code(),
            Self::Standing(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Peer(fault) => fault.code(),
            Self::Bus(fault) => fault.code(),
            Self::Inconsistent { .. } => "run.inconsistent",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::NothingAuthorized { .. } => "prove that you own the assets first",
            Self::OutsideWindow { .. } => "wait, or change when it may be scanned",
            Self::Stale => "read it again and repeat your change",
            Self::TooLarge { .. } => "name fewer assets or fewer ports",
            Self::SchedulesTooMany { .. } => "remove one that is no longer needed",
            Self::PoolNameTaken => "choose another name",
            Self::PoolInUse { .. } => "wait for these runs or cancel them",
            Self::LetterForeign => "find out who sent it, and discard it",
            Self::PoolIsDefault => "make another pool the default, or none",
            Self::KeyReused => "use a new key for a new request",
            Self::Access(fault) => fault.advice(),
            Self::Plan(fault) => fault.advice(),
            Self::Standing(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            Self::Peer(fault) => fault.advice(),
            Self::Bus(fault) => fault.advice(),
            _ => "",
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Plan(fault) => fault.retry_after(),
            Self::Standing(fault) => fault.retry_after(),
            Self::Peer(fault) => fault.retry_after(),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Field { field, reason } => {
                vec![FieldFault {
                    field: field.clone(),
                    reason: reason.clone(),
                }]
            }
            Self::Peer(fault) => fault.fields(),
            _ => Vec::new(),
        }
    }
}
