//! Every metric of the gateway: names, units and closed label sets.
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
};

/// Labels of requests: closed, because routes are templates and classes are five.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    class: &'static str,
}

/// The gateway's metrics.
#[derive(Debug, Clone)]
pub(crate) struct GatewayMetrics {
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    streams: Gauge,
    resyncs: Counter,
}

impl GatewayMetrics {
    /// Registers them.
    pub(crate) fn new(metrics: &wt_telemetry::Metrics) -> Self {
        let own = Self {
            requests: Family::default(),
            // 0.5 ms to about 16 s.
            seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 16)),
            streams: Gauge::default(),
            resyncs: Counter::default(),
        };
        metrics.register(|registry| {
            registry.register(
                "wt_http_requests",
                "Requests answered",
                own.requests.clone(),
            );
            registry.register(
                "wt_http_request_seconds",
                "Time until an answer began",
                own.seconds.clone(),
            );
            registry.register("wt_sse_streams", "Live streams open", own.streams.clone());
            registry.register(
                "wt_sse_resyncs",
                "Times a listener missed events and was told so",
                own.resyncs.clone(),
            );
        });
        own
    }

    /// Counts one answer.
    pub(crate) fn observe(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        elapsed: Duration,
    ) {
        let class = match status.as_u16() {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.requests
            .get_or_create(&RequestLabels {
                method: method.as_str().to_owned(),
                route: route.to_owned(),
                class,
            })
            .inc();
        self.seconds.observe(elapsed.as_secs_f64());
    }

    /// Live streams open.
    pub(crate) fn streams(&self) -> &Gauge {
        &self.streams
    }

    /// Counts one listener that missed events.
    pub(crate) fn resynced(&self) {
        self.resyncs.inc();
    }
}
