//! Real peers for tests: Postgres, NATS, Redis, SMTP, targets.
//!
//! A test asks for what it needs — [`database`], [`Broker::start`], [`Cache::start`],
//! [`MailSink::start`], [`IdentityProvider::start`], [`Payments::start`] — and gets one of its own
//! on free ports of 127.0.0.1. Each ends with the
//! test, with a panic, and with the death of the test process.
mod broker;
mod cache;
mod database;
pub mod fleet;
mod grpc_peer;
mod identity_provider;
mod mail_sink;
mod owned;
mod payments;
mod skip;
pub mod wait;

pub use self::{
    broker::Broker,
    cache::Cache,
    database::{Database, PrivatePostgres, database},
    grpc_peer::GrpcPeer,
    identity_provider::IdentityProvider,
    mail_sink::MailSink,
    payments::Payments,
    skip::{SKIPS_FILE, skip},
};
