//! What can go wrong with the bus.

use wt_fault::{Fault, Kind};

/// A failure of the bus.
#[derive(Debug, thiserror::Error)]
pub enum BusFault {
    /// The address can't be read or the connection is refused for good.
    #[error("the message bus can't be used")]
    Address(#[source] async_nats::ConnectError),
    /// The server is too old to be trusted with messages.
    #[error("the message bus is version {version}; 2.14 or newer is needed")]
    TooOld {
        /// What it says it is.
        version: String,
    },
    /// The bus did not take or answer something.
    #[error("the message bus is away")]
    Away {
        /// What was tried.
        doing: &'static str,
        /// What came back.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nobody answered a request in time.
    #[error("nobody answered in time")]
    NoAnswer,
}

impl BusFault {
    pub(crate) fn away(
        doing: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Away {
            doing,
            source: source.into(),
        }
    }
}

impl Fault for BusFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Address(_) | Self::TooOld { .. } => Kind::Internal,
            Self::Away { .. } | Self::NoAnswer => Kind::Unavailable,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Address(_) => "bus.misconfigured",
            Self::TooOld { .. } => "bus.too_old",
            Self::Away { .. } => "bus.unavailable",
            Self::NoAnswer => "bus.no_answer",
        }
    }
}
