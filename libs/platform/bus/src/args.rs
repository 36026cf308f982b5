//! Where the bus is.

/// Settings of the bus.
#[derive(Clone, clap::Args)]
pub struct BusArgs {
    /// NATS with `JetStream`: `nats://[user:password@]host:port`
    #[arg(long, env = "NATS_URL", hide_env_values = true, value_name = "URL")]
    pub nats_url: String,
    /// Accept a NATS server older than 2.14, which loses messages when the power fails; for
    /// development only
    #[arg(long, env = "WT_ALLOW_OLD_NATS")]
    pub allow_old_nats: bool,
}

impl std::fmt::Debug for BusArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.debug_struct("BusArgs")
            .field("nats_url", &"[set]")
            .field("allow_old_nats", &self.allow_old_nats)
            .finish()
    }
}
