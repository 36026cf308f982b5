//! What `build.rs` made of `proto/`.
#![expect(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
include!(concat!(env!("OUT_DIR"), "/watchtower.rs"));
