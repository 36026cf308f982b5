//! Coverage cells: which are planned, and how each of them settled (contracts §4).

mod plan;
mod settle;

pub use plan::{Plan, PlanBlock, PlannedHost, plan};
pub(crate) use settle::{HostLedger, PortClass};
