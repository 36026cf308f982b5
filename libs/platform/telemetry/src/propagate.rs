//! W3C trace context across HTTP, gRPC and NATS: tonic and NATS do not carry it by themselves.

use std::collections::BTreeMap;

use opentelemetry::{
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::TraceContextExt,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// `traceparent` and `tracestate` as they travel (W3C Trace Context §3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// `00-<trace id>-<span id>-<flags>`; empty when nothing is traced.
    pub traceparent: String,
    /// Vendors' additions; usually empty.
    pub tracestate: String,
}

struct Headers(BTreeMap<String, String>);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
}

impl Extractor for Headers {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// The context of the span we are in.
pub fn current() -> TraceContext {
    let mut headers = Headers(BTreeMap::new());
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut headers);
    TraceContext {
        traceparent: headers.0.remove("traceparent").unwrap_or_default(),
        tracestate: headers.0.remove("tracestate").unwrap_or_default(),
    }
}

/// Makes `span` a child of a context that came from outside; does nothing with an empty one.
pub fn set_parent(span: &Span, context: &TraceContext) {
    if context.traceparent.is_empty() {
        return;
    }
    let headers = Headers(BTreeMap::from([
        ("traceparent".to_owned(), context.traceparent.clone()),
        ("tracestate".to_owned(), context.tracestate.clone()),
    ]));
    let parent = TraceContextPropagator::new().extract(&headers);
    // Fails only where the span is not exported, and then there is nothing to link.
    let _ = span.set_parent(parent);
}

/// The trace id of the span we are in, as 32 hex digits; empty when nothing is traced.
pub fn trace_id() -> String {
    let context = Span::current().context();
    let span = context.span();
    let span_context = span.span_context();
    if span_context.is_valid() {
        span_context.trace_id().to_string()
    } else {
        String::new()
    }
}
