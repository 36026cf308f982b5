//! Which workers a job is for.
use std::{fmt, str::FromStr};

use crate::{InvalidId, PoolId};

/// The word of the shared pool.
const SHARED: &str = "shared";

/// A pool of workers: the platform's, or an organization's own. Its text is a token of a bus
/// subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// Workers of the platform, for everybody.
    #[default]
    Shared,
    /// Workers of one organization, for itself and those below it.
    Private(PoolId),
}

impl Pool {
    /// The pool's id, unless it is the shared one.
    pub const fn id(self) -> Option<PoolId> {
        match self {
            Self::Shared => None,
            Self::Private(id) => Some(id),
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared => f.write_str(SHARED),
            Self::Private(id) => id.fmt(f),
        }
    }
}

/// Text that names no pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `shared` or the id of a pool (`pol_…`)")]
pub struct InvalidPool;

impl From<InvalidId> for InvalidPool {
    fn from(_: InvalidId) -> Self {
        Self
    }
}

impl FromStr for Pool {
    type Err = InvalidPool;

    fn from_str(text: &str) -> Result<Self, InvalidPool> {
        if text == SHARED {
            return Ok(Self::Shared);
        }
        Ok(Self::Private(text.parse()?))
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn a_pool_is_shared_or_has_an_id_and_nothing_else() {
        for text in ["shared", "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
            assert_eq!(text.parse::<Pool>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "private",
            "run_01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "pol_*",
            "shared.x",
        ] {
            assert!(wrong.parse::<Pool>().is_err(), "{wrong}");
        }
    }
}
