//! Why it is not known how a tenant stands.
use std::time::Duration;

use wt_fault::{Fault, FieldFault, Kind};

/// The question had no answer.
#[derive(Debug, thiserror::Error)]
pub enum StandingFault {
    /// Nobody to ask for.
    #[error(transparent)]
    Access(#[from] wt_auth::AuthFault),
    /// The tenant service refused or is away.
    #[error(transparent)]
    Peer(#[from] wt_rpc::RpcFault),
    /// It answered with words this version does not know.
    #[error("the plan of this organization can't be read")]
    Unreadable,
}

impl StandingFault {
    /// Whether asking again later may help.
    pub(crate) fn is_away(&self) -> bool {
        self.kind().may_retry()
    }
}

impl Fault for StandingFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Access(fault) => fault.kind(),
            Self::Peer(fault) => fault.kind(),
            Self::Unreadable => Kind::Inconsistent,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Access(fault) => fault.code(),
            Self::Peer(fault) => fault.code(),
            Self::Unreadable => "plan.unreadable",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::Access(fault) => fault.advice(),
            Self::Peer(fault) => fault.advice(),
            Self::Unreadable => "",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Peer(fault) => fault.fields(),
            Self::Access(_) | Self::Unreadable => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Peer(fault) => fault.retry_after(),
            Self::Access(_) | Self::Unreadable => None,
        }
    }
}
