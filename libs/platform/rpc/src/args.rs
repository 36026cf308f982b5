//! Settings of gRPC doors and of the way to other services.

use std::net::SocketAddr;

/// An `http://host:port` address of another service.
pub type ServiceUrl = http::Uri;

/// Settings of a service's gRPC door.
#[derive(Debug, Clone, clap::Args)]
pub struct RpcArgs {
    /// Where gRPC answers
    #[arg(
        long,
        env = "WT_LISTEN_ADDR",
        default_value = "127.0.0.1:50051",
        value_name = "ADDR"
    )]
    pub listen_addr: SocketAddr,
}
