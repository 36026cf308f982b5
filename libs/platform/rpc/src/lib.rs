//! gRPC between services: who calls, for how long, and what a refusal looks like.
//!
//! **Invariant**: a handler sees a principal only from a verified internal token (contracts §10);
//! identity headers from outside are never read. **Boundary**: services name no tonic type but
//! the three re-exported here.

mod args;
mod authenticate;
mod client;
mod fault;
mod handle;
mod server;

pub use args::{RpcArgs, ServiceUrl};
pub use client::Peer;
pub use fault::{RpcFault, to_status};
pub use handle::{close, open, open_anonymous, open_any};
pub use server::{Server, bind};
pub use tonic::{Request, Response, Status};
