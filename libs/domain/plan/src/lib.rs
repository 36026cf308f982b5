//! The one plan table, the limits that follow from it, what the operator says a plan costs, and
//! how a subscription stands.
//!
//! **Invariants**: nothing here ever takes reading or exporting away; what a provider says late
//! never undoes what it said later. Pure: the time is an argument.

mod fault;
mod plan;
mod price;
mod quota;
mod subscription;

pub use fault::PlanFault;
pub use plan::{Included, Plan};
pub use price::{Amount, BadPrice, Currency, Period, Price, PriceList, Prices};
pub use quota::{Usage, admit_asset, admit_pool, admit_run, admit_seat};
pub use subscription::{
    GRACE, Listed, ProviderStatus, Reported, Standing, State, Subscription, UnknownStatus, counting,
};
