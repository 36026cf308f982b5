//! Logs, traces and metrics of a service.
//!
//! Logs are JSON lines on stdout; traces go out by OTLP when an endpoint is set; metrics are
//! scraped from the admin port. Trace context crosses HTTP, gRPC and NATS as W3C headers.

mod log;
mod metric;
pub mod origin;
pub mod propagate;
mod trace;

pub use log::LogFormat;
pub use metric::Metrics;
pub use trace::TelemetryFault;

use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Settings of logs and traces.
#[derive(Debug, Clone, clap::Args)]
pub struct TelemetryArgs {
    /// Which log lines are written (a level, and levels of targets: `info,wt_results=debug`)
    #[arg(
        long = "log",
        env = "WT_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    pub log: String,
    /// How log lines look: json for machines, text for a person at a terminal
    #[arg(long, env = "WT_LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,
    /// Where traces go (OTLP over gRPC, such as `http://127.0.0.1:4317`); none are sent without
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
}

/// Keeps exporting until dropped or shut down.
#[derive(Debug)]
pub struct Telemetry {
    tracer: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Installs logs and traces for this process. Call once, inside the runtime.
    ///
    /// # Errors
    /// A filter that can't be read, an endpoint that can't be used, or a second call.
    pub fn install(service: &'static str, args: &TelemetryArgs) -> Result<Self, TelemetryFault> {
        let filter: Targets = args
            .log
            .parse()
            .map_err(|error| TelemetryFault::Filter { source: error })?;
        let tracer = args
            .otlp_endpoint
            .as_deref()
            .filter(|endpoint| !endpoint.is_empty())
            .map(|endpoint| trace::provider(service, endpoint))
            .transpose()?;
        // The filter belongs to the layer: where nothing is exported, spans below the log's level
        // cost nothing at all.
        let exported = tracer
            .as_ref()
            .map(|provider| trace::layer(service, provider).with_filter(exported_targets()));
        tracing_subscriber::registry()
            .with(exported)
            .with(log::layer(args.log_format).with_filter(filter))
            .try_init()
            .map_err(|error| TelemetryFault::Installed {
                source: Box::new(error),
            })?;
        Ok(Self { tracer })
    }

    /// Sends what is left. Blocks for at most a few seconds.
    pub fn shutdown(self) {
        if let Some(tracer) = self.tracer
            && let Err(error) = tracer.shutdown()
        {
            tracing::warn!(error = %error, "traces may be missing");
        }
    }
}

/// What is traced: our own work, not that of the connections that carry it.
fn exported_targets() -> Targets {
    let off = ["h2", "hyper", "tower"].map(|target| (target, LevelFilter::OFF));
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(off)
}
