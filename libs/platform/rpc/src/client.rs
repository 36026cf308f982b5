//! The way to another service: one lazy connection, a token and a deadline for each call.

use std::time::Duration;

use moka::sync::Cache;
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use wt_auth::{AuthFault, InternalIssuer};
use wt_model::Principal;
use wt_telemetry::{origin, propagate};

use crate::{RpcFault, ServiceUrl};

/// Longest a call may take unless the caller says otherwise; well under a browser's patience.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a minted token is used again: half its life, so that no call carries a dying one.
const TOKEN_REUSE: Duration = Duration::from_secs(30);
/// Most tokens kept; one a signed-in person and service.
const TOKENS_MAX: u64 = 10_000;

/// Metadata that says from which address the person behind a call came.
pub(crate) const CLIENT_IP: &str = "wt-client-ip";
/// Metadata that says what that person's client calls itself.
pub(crate) const CLIENT_AGENT: &str = "wt-client-agent";

/// Another service, as this one calls it; cheap to clone.
#[derive(Clone)]
pub struct Peer {
    channel: Channel,
    audience: &'static str,
    issuer: InternalIssuer,
    tokens: Cache<Option<PrincipalKey>, MetadataValue<Ascii>>,
}

/// What tells two principals apart.
#[derive(Clone, PartialEq, Eq, Hash)]
struct PrincipalKey {
    text: String,
}

impl Peer {
    /// The way to `audience` at `url`; nothing is dialled before the first call.
    pub fn new(url: &ServiceUrl, audience: &'static str, issuer: InternalIssuer) -> Self {
        let channel = Endpoint::from(url.clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .connect_lazy();
        let tokens = Cache::builder()
            .max_capacity(TOKENS_MAX)
            .time_to_live(TOKEN_REUSE)
            .build();
        Self {
            channel,
            audience,
            issuer,
            tokens,
        }
    }

    /// The connection, for a generated client.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A call on behalf of `principal`, or of nobody before sign-in.
    ///
    /// # Errors
    /// The token could not be signed.
    pub fn request<T>(
        &self,
        principal: Option<&Principal>,
        message: T,
    ) -> Result<Request<T>, RpcFault> {
        let mut request = Request::new(message);
        let token = self
            .token(principal)
            .map_err(|fault| RpcFault::from(crate::to_status(&fault)))?;
        let metadata = request.metadata_mut();
        metadata.insert("authorization", token);
        let (context, asked_from) = (propagate::current(), origin::current());
        for (name, value) in [
            ("traceparent", context.traceparent),
            ("tracestate", context.tracestate),
            (CLIENT_IP, asked_from.ip),
            (CLIENT_AGENT, asked_from.user_agent),
        ] {
            if let Ok(value) = MetadataValue::try_from(value.as_str())
                && !value.is_empty()
            {
                metadata.insert(name, value);
            }
        }
        request.set_timeout(CALL_TIMEOUT);
        Ok(request)
    }

    fn token(&self, principal: Option<&Principal>) -> Result<MetadataValue<Ascii>, AuthFault> {
        let key = principal.map(|who| PrincipalKey {
            text: format!("{who:?}"),
        });
        if let Some(token) = self.tokens.get(&key) {
            return Ok(token);
        }
        let token = self.issuer.mint(self.audience, principal)?;
        let value = MetadataValue::try_from(format!("Bearer {token}")).map_err(|_| {
            AuthFault::Unauthenticated {
                detail: "token is not ASCII",
            }
        })?;
        self.tokens.insert(key, value.clone());
        Ok(value)
    }
}
