//! The gateway through its real door, with scripted services behind it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test takes for granted is asserted"
)]

mod api_keys;
mod audit;
mod billing;
mod branding;
mod contract;
mod denials;
mod documents;
mod downloads;
mod external_issuers;
mod gateway;
mod graph;
mod impersonation;
mod imports;
mod integrations;
mod ledger;
mod limits;
mod lists;
mod operations;
mod passkeys;
mod people;
mod plans;
mod pools;
mod refusals;
mod rerun;
mod reveal;
mod sessions;
mod shares;
mod single_sign_on;
mod tickets;
mod trends;
mod upstream;
mod web_app;
