//! Every SQL statement of this service, by entity.

pub(crate) mod action;
pub(crate) mod applied;
pub(crate) mod as_of;
pub(crate) mod audit;
pub(crate) mod bulk;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod coverage;
pub(crate) mod dashboard;
pub(crate) mod decision;
pub(crate) mod event;
pub(crate) mod event_page;
pub(crate) mod exposure;
mod exposure_branch;
pub(crate) mod exposure_name;
pub(crate) mod exposure_page;
mod exposure_since;
pub(crate) mod exposure_text;
mod exposure_way;
pub(crate) mod feed;
pub(crate) mod flap;
pub(crate) mod graph;
pub(crate) mod import;
pub(crate) mod leaf;
pub(crate) mod ledger;
pub(crate) mod ledger_key;
pub(crate) mod look;
pub(crate) mod month;
pub(crate) mod narrow;
pub(crate) mod news;
pub(crate) mod packet;
pub(crate) mod place;
pub(crate) mod retention;
pub(crate) mod risk;
pub(crate) mod sighting;
pub(crate) mod sla;
pub(crate) mod transparency;
pub(crate) mod trend;
pub(crate) mod trend_now;
pub(crate) mod view;
pub(crate) mod withdrawal;

use crate::error::ResultsFault;

/// Reads a stored word or id, naming the column when it is none.
pub(crate) fn stored<T>(column: &str, text: &str) -> Result<T, ResultsFault>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse()
        .map_err(|error: T::Err| ResultsFault::inconsistent(format!("{column} = {text:?}"), error))
}

/// Reads a stored number into a narrower one.
pub(crate) fn number<T, N>(column: &str, number: N) -> Result<T, ResultsFault>
where
    T: TryFrom<N>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(number).map_err(|error| ResultsFault::inconsistent(column, error))
}
