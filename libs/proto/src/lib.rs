//! The generated contract, and the few names both ends must agree on.
//!
//! Messages are generated at build time from `proto/`. Subjects, streams and event types are
//! declared once here and imported by producers and consumers alike (contracts §9).

pub mod convert;
mod generated;
pub mod shown;
pub mod stream;
pub mod subject;

pub use prost::Message;

#[doc(inline)]
pub use generated::watchtower::{
    asset::v1 as asset, common::v1 as common, event::v1 as event, notify::v1 as notify,
    report::v1 as report, results::v1 as results, scan::v1 as scan, tenant::v1 as tenant,
};
