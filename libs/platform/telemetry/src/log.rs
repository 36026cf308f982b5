//! Log lines: one JSON object each, with the fields of every enclosing span.
//!
//! Our logs hold banners of hostile hosts. JSON escapes control bytes; the text form is for a
//! person's own terminal and escapes them too (tracing-subscriber ≥ 0.3.20).

use tracing::Subscriber;
use tracing_subscriber::{Layer, fmt, registry::LookupSpan};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal.
    Text,
}

pub(crate) fn layer<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    match format {
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(true)
            .boxed(),
        LogFormat::Text => fmt::layer().with_target(false).boxed(),
    }
}
