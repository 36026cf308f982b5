//! The layer in front of every handler: verifies the internal token, opens the span.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response, header::AUTHORIZATION};
use moka::sync::Cache;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::{Instrument, Span};
use wt_auth::{AuthFault, Caller, InternalVerifier};
use wt_telemetry::{
    origin::{self, Origin},
    propagate::{self, TraceContext},
};

use crate::{
    client::{CLIENT_AGENT, CLIENT_IP},
    to_status,
};

/// How long a verdict is remembered, by the exact bytes of the token: an expired token is
/// accepted at most this much longer.
const VERDICT_TTL: Duration = Duration::from_secs(5);
/// Most verdicts remembered; a token is about 700 bytes.
const VERDICTS_MAX: u64 = 10_000;
/// The health service is asked by infrastructure that holds no token.
const HEALTH_PREFIX: &str = "/grpc.health.v1.Health/";

#[derive(Clone)]
pub(crate) struct Authenticate {
    verifier: Arc<InternalVerifier>,
    verdicts: Cache<String, Caller>,
    acting: fn(&str) -> bool,
}

impl Authenticate {
    /// `acting` says of a procedure's path whether somebody may call it who acts as another
    /// person; what they may do there is still asked of the permission table.
    pub(crate) fn new(verifier: InternalVerifier, acting: fn(&str) -> bool) -> Self {
        let verdicts = Cache::builder()
            .max_capacity(VERDICTS_MAX)
            .time_to_live(VERDICT_TTL)
            .build();
        Self {
            verifier: Arc::new(verifier),
            verdicts,
            acting,
        }
    }

    /// Who calls, if they may call this at all.
    fn admit<B>(&self, request: &Request<B>) -> Result<Caller, AuthFault> {
        let caller = self.caller(request)?;
        let acting = caller
            .principal
            .as_ref()
            .is_some_and(|who| who.act.is_some());
        if acting && !(self.acting)(request.uri().path()) {
            return Err(AuthFault::Impersonating);
        }
        Ok(caller)
    }

    fn caller<B>(&self, request: &Request<B>) -> Result<Caller, AuthFault> {
        let token = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(AuthFault::Unauthenticated {
                detail: "the call carries no token",
            })?;
        if let Some(caller) = self.verdicts.get(token) {
            return Ok(caller);
        }
        let caller = self.verifier.verify(token)?;
        self.verdicts.insert(token.to_owned(), caller.clone());
        Ok(caller)
    }
}

impl<S> Layer<S> for Authenticate {
    type Service = Authenticated<S>;

    fn layer(&self, inner: S) -> Authenticated<S> {
        Authenticated {
            inner,
            layer: self.clone(),
        }
    }
}

#[derive(Clone)]
pub(crate) struct Authenticated<S> {
    inner: S,
    layer: Authenticate,
}

impl<S> Service<Request<Body>> for Authenticated<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: Send,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = futures::future::BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if request.uri().path().starts_with(HEALTH_PREFIX) {
            return Box::pin(self.inner.call(request));
        }
        let span = span(&request);
        match self.layer.admit(&request) {
            Ok(caller) => {
                if let Some(tenant) = caller.principal.as_ref().and_then(|who| who.tenant_key) {
                    span.record("tenant_key", tracing::field::display(tenant));
                }
                request.extensions_mut().insert(caller);
                let asked_from =
                    Origin::new(header(&request, CLIENT_IP), header(&request, CLIENT_AGENT));
                let work = self.inner.call(request).instrument(span);
                Box::pin(origin::scope(asked_from, work))
            }
            Err(fault) => {
                let response = span.in_scope(|| to_status(&fault).into_http());
                Box::pin(std::future::ready(Ok(response)))
            }
        }
    }
}

fn span(request: &Request<Body>) -> Span {
    let span = tracing::info_span!(
        "rpc",
        otel.name = request.uri().path().trim_start_matches('/'),
        otel.kind = "server",
        rpc.method = request.uri().path().trim_start_matches('/'),
        tenant_key = tracing::field::Empty,
    );
    let context = TraceContext {
        traceparent: header(request, "traceparent").to_owned(),
        tracestate: header(request, "tracestate").to_owned(),
    };
    propagate::set_parent(&span, &context);
    span
}

fn header<'a, B>(request: &'a Request<B>, name: &str) -> &'a str {
    let value = request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}
