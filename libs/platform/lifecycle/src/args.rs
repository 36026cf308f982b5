//! Settings every service has.

use std::net::SocketAddr;

use wt_telemetry::TelemetryArgs;

/// Settings of the lifecycle.
#[derive(Debug, Clone, clap::Args)]
pub struct LifecycleArgs {
    /// Where /livez, /readyz and /metrics answer; keep it inside
    #[arg(
        long,
        env = "WT_ADMIN_ADDR",
        default_value = "127.0.0.1:9090",
        value_name = "ADDR"
    )]
    pub admin_addr: SocketAddr,
    /// Milliseconds to finish what is under way after SIGTERM
    #[arg(long, env = "WT_DRAIN_MS", default_value_t = 25_000, value_name = "MS")]
    pub drain_ms: u64,
    /// Check the settings, print them without secrets and exit
    #[arg(long)]
    pub check_config: bool,
}

/// What `run` needs of a service's settings.
pub trait Settings {
    /// The lifecycle's section.
    fn lifecycle(&self) -> &LifecycleArgs;

    /// The telemetry section.
    fn telemetry(&self) -> &TelemetryArgs;

    /// Rules between fields.
    ///
    /// # Errors
    /// A sentence that names the field and what to do.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}
