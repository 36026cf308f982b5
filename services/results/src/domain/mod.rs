//! This service's pure decisions.

pub(crate) mod action;
pub(crate) mod as_of;
pub(crate) mod audit;
pub(crate) mod compare;
pub(crate) mod cover;
pub(crate) mod explain;
pub(crate) mod flap;
pub(crate) mod graph;
pub(crate) mod graph_path;
pub(crate) mod import;
pub(crate) mod leaf;
pub(crate) mod look;
pub(crate) mod packet;
pub(crate) mod place;
pub(crate) mod plan;
pub(crate) mod replay;
pub(crate) mod retention;
pub(crate) mod risk;
pub(crate) mod sla;
pub(crate) mod standing;
pub(crate) mod trend;
pub(crate) mod view;
pub(crate) mod withdrawal;
