//! What the database refuses, by SQLSTATE and constraint (Postgres manual, appendix A).
use wt_fault::{Fault, Kind};

/// A statement or connection that failed.
#[derive(Debug, thiserror::Error)]
pub enum PgFault {
    /// A connection could not be had, broke, or the server is going down.
    #[error("the database is not available right now")]
    Unavailable {
        /// What happened.
        #[source]
        source: sqlx::Error,
    },
    /// A concurrent transaction won; the whole transaction may be tried again.
    #[error("somebody changed the same thing at the same time")]
    Contended {
        /// What happened.
        #[source]
        source: sqlx::Error,
    },
    /// A named constraint refused a row. Callers map the names they expect; see [`constraint`].
    #[error("the change contradicts what is stored")]
    Constraint {
        /// The constraint's name, part of the schema's API.
        name: String,
        /// What happened.
        #[source]
        source: sqlx::Error,
    },
    /// A statement was cancelled by its time limit.
    #[error("the database took too long")]
    Deadline {
        /// What happened.
        #[source]
        source: sqlx::Error,
    },
    /// The principal has no organization, so no row may be reached.
    #[error("choose an organization first")]
    NoTenant,
    /// A cursor that is malformed or of another list.
    #[error("the cursor does not belong to this list")]
    Cursor,
    /// A page size out of range.
    #[error("limit must be between 1 and {}", wt_model::PAGE_LIMIT_MAX)]
    Limit,
    /// Anything else: a bug here or in the schema.
    #[error("something went wrong on our side")]
    Internal {
        /// What happened.
        #[source]
        source: sqlx::Error,
    },
}

impl From<sqlx::Error> for PgFault {
    fn from(source: sqlx::Error) -> Self {
        match &source {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Self::Unavailable { source },
            sqlx::Error::Database(error) => {
                let name = error.constraint().map(str::to_owned);
                let state = error.code().unwrap_or_default().into_owned();
                match (state.as_str(), name) {
                    ("40001" | "40P01" | "55P03", _) => Self::Contended { source },
                    ("57014", _) => Self::Deadline { source },
                    // Connection exceptions, insufficient resources, operator intervention.
                    (state, _)
                        if state.starts_with("08")
                            || state.starts_with("53")
                            || state.starts_with("57P") =>
                    {
                        Self::Unavailable { source }
                    }
                    (state, Some(name)) if state.starts_with("23") => {
                        Self::Constraint { name, source }
                    }
                    _ => Self::Internal { source },
                }
            }
            _ => Self::Internal { source },
        }
    }
}

/// The constraint that refused, if that is what happened.
pub fn constraint(fault: &PgFault) -> Option<&str> {
    match fault {
        PgFault::Constraint { name, .. } => Some(name),
        _ => None,
    }
}

impl PgFault {
    /// Whether the same transaction may succeed when it is run again from its beginning.
    pub fn may_run_again(&self) -> bool {
        matches!(self, Self::Contended { .. })
    }
}

impl Fault for PgFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable { .. } => Kind::Unavailable,
            Self::Contended { .. } => Kind::Conflict,
            Self::Deadline { .. } => Kind::Deadline,
            Self::NoTenant => Kind::Forbidden,
            Self::Cursor | Self::Limit => Kind::Invalid,
            Self::Constraint { .. } | Self::Internal { .. } => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Unavailable { .. } => "database.unavailable",
            Self::Contended { .. } => "database.contended",
            Self::Deadline { .. } => "database.deadline",
            Self::NoTenant => "auth.no_organization",
            Self::Cursor => "page.cursor_invalid",
            Self::Limit => "page.limit_invalid",
            Self::Constraint { .. } | Self::Internal { .. } => "database.internal",
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } | Self::Contended { .. } | Self::Deadline { .. } => {
                "try again in a moment"
            }
            Self::Cursor => "start again from the first page",
            Self::NoTenant => "switch to an organization you are a member of",
            Self::Limit | Self::Constraint { .. } | Self::Internal { .. } => "",
        }
    }
}
