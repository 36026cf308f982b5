//! How often something happens by itself.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Problem;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Every {
    /// Each day.
    Day,
    /// Each week, on `weekday`.
    Week,
    /// Each month, on `day`.
    Month,
}

impl Every {
    /// As the services take it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// What a service said in `place`.
    pub(crate) fn of(place: &'static str, word: &str) -> Result<Self, Problem> {
        match word {
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            _ => Err(Problem::broken_answer(place)),
        }
    }
}
