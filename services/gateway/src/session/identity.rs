//! From what a request carries to a verified principal.
use std::{fmt, sync::Arc, time::Duration};

use axum::http::{HeaderMap, header, request::Parts};
use moka::future::Cache;
use sha2::{Digest, Sha256};
use wt_auth::AuthFault;
use wt_model::{Principal, SessionId};
use wt_proto::tenant::ResolveSessionRequest;

use super::{AccessKeys, cookie, csrf};
use crate::{clients::Clients, rest::problem::Problem};

/// How long a checked credential is believed: a withdrawn session is felt within this time
/// (promises P11).
const BELIEVED_FOR: Duration = Duration::from_secs(1);
/// Credentials remembered at once; about 1 kB each.
const REMEMBERED_MAX: u64 = 20_000;
/// How long an ended session is remembered: as long as its access tokens live.
const ENDED_FOR: Duration = wt_auth::ACCESS_TOKEN_TTL;

/// What a request proves itself with.
#[derive(Clone)]
pub(crate) enum Credential {
    /// An access token.
    Bearer(String),
    /// A browser's session secret.
    Cookie(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer",
            Self::Cookie(_) => "Cookie",
        })
    }
}

impl Credential {
    /// Reads the credential of a request; one that rides on a cookie must come from our pages.
    pub(crate) fn of(parts: &Parts, authority: Option<&str>) -> Result<Self, Problem> {
        if let Some(token) = bearer(&parts.headers)? {
            return Ok(Self::Bearer(token.to_owned()));
        }
        let secret =
            cookie::secret_of(&parts.headers).ok_or_else(|| unauthenticated("no credential"))?;
        if csrf::changes(&parts.method) {
            csrf::check(parts, authority)?;
        }
        Ok(Self::Cookie(secret.to_owned()))
    }

    fn digest(&self) -> [u8; 32] {
        let (kind, text) = match self {
            Self::Bearer(token) => (b"b", token),
            Self::Cookie(secret) => (b"c", secret),
        };
        Sha256::new()
            .chain_update(kind)
            .chain_update(text)
            .finalize()
            .into()
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let refuse = || unauthenticated("authorization header is not a bearer token");
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(refuse)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(refuse())
    }
}

fn unauthenticated(detail: &'static str) -> Problem {
    Problem::of(&AuthFault::Unauthenticated { detail })
}

/// Every caller of the last second, and the sessions that ended.
#[derive(Debug)]
pub(crate) struct Sessions {
    principals: Cache<[u8; 32], Arc<Principal>>,
    ended: Cache<SessionId, ()>,
}

impl Sessions {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        Self {
            principals: Cache::builder()
                .max_capacity(REMEMBERED_MAX)
                .time_to_live(BELIEVED_FOR)
                .build(),
            ended: Cache::builder()
                .max_capacity(REMEMBERED_MAX)
                .time_to_live(ENDED_FOR)
                .build(),
        }
    }

    /// Who a credential stands for. Concurrent requests of one caller share one check.
    pub(crate) async fn identify(
        &self,
        credential: &Credential,
        keys: &AccessKeys,
        clients: &Clients,
    ) -> Result<Arc<Principal>, Problem> {
        let principal = self
            .principals
            .try_get_with(credential.digest(), async {
                verify(credential, keys, clients).await.map(Arc::new)
            })
            .await
            .map_err(|problem: Arc<Problem>| (*problem).clone())?;
        match principal.sid {
            Some(sid) if self.ended.contains_key(&sid) => Err(unauthenticated("session has ended")),
            _ => Ok(principal),
        }
    }

    /// Remembers that a session ended, so that its access tokens end with it.
    pub(crate) async fn end(&self, session: SessionId) {
        self.ended.insert(session, ()).await;
    }

    /// Forgets what was believed, because a session changed.
    pub(crate) fn forget_all(&self) {
        self.principals.invalidate_all();
    }
}

async fn verify(
    credential: &Credential,
    keys: &AccessKeys,
    clients: &Clients,
) -> Result<Principal, Problem> {
    let token = match credential {
        Credential::Bearer(token) => token.clone(),
        Credential::Cookie(secret) => {
            clients
                .anonymous()?
                .resolve_session(ResolveSessionRequest {
                    session_secret: secret.clone(),
                })
                .await?
                .into_inner()
                .access_token
        }
    };
    keys.for_token(&token, clients)
        .await?
        .verify(&token)
        .map_err(|fault| {
            if let AuthFault::Unauthenticated { detail } = &fault {
                tracing::debug!(detail, "a token was refused");
            }
            Problem::of(&fault)
        })
}
