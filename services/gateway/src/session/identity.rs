//! From what a request carries to a verified principal.
use std::{fmt, hash::Hash, sync::Arc, time::Duration};

use axum::http::{HeaderMap, header, request::Parts};
use moka::future::Cache;
use sha2::{Digest, Sha256};
use wt_auth::AuthFault;
use wt_fault::Kind;
use wt_model::Principal;
use wt_proto::tenant::{Client, ResolveApiKeyRequest, ResolveSessionRequest};

use super::{AccessKeys, client_address, cookie, csrf};
use crate::{Edge, clients::Clients, rest::problem::Problem};

/// How long a checked credential is believed: a withdrawn session is felt within this time
/// (promises P11).
const BELIEVED_FOR: Duration = Duration::from_secs(1);
/// Credentials remembered at once; about 1 kB each.
const REMEMBERED_MAX: u64 = 20_000;
/// How long an ended session or key is remembered: as long as its access tokens live.
const ENDED_FOR: Duration = wt_auth::ACCESS_TOKEN_TTL;
/// How long a checked API key is believed when the news of its end is lost.
const KEY_BELIEVED_FOR: Duration = Duration::from_secs(30);
/// How every API key begins.
const KEY_BEGINNING: &str = "wt_";

/// What a request proves itself with.
#[derive(Clone)]
pub(crate) enum Credential {
    /// An access token.
    Bearer(String),
    /// A browser's session secret.
    Cookie(String),
    /// A program's API key.
    ApiKey {
        /// Its text.
        secret: String,
        /// Where the request comes from.
        address: String,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer",
            Self::Cookie(_) => "Cookie",
            Self::ApiKey { .. } => "ApiKey",
        })
    }
}

impl Credential {
    /// Reads the credential of a request; one that rides on a cookie must come from our pages.
    pub(crate) fn of(
        parts: &Parts,
        authority: Option<&str>,
        trusted_proxies: usize,
    ) -> Result<Self, Problem> {
        if let Some(token) = bearer(&parts.headers)? {
            return Ok(if token.starts_with(KEY_BEGINNING) {
                Self::ApiKey {
                    secret: token.to_owned(),
                    address: client_address(parts, trusted_proxies)
                        .map_or_else(|| "unknown".to_owned(), |ip| ip.to_string()),
                }
            } else {
                Self::Bearer(token.to_owned())
            });
        }
        let secret =
            cookie::secret_of(&parts.headers).ok_or_else(|| unauthenticated("no credential"))?;
        if csrf::changes(&parts.method) {
            csrf::check(parts, authority)?;
        }
        Ok(Self::Cookie(secret.to_owned()))
    }

    /// What tells it from others without giving it away.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let (kind, text) = match self {
            Self::Bearer(token) => (b"b", token),
            Self::Cookie(secret) => (b"c", secret),
            Self::ApiKey { secret, .. } => (b"k", secret),
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

/// A caller of the last second.
#[derive(Debug, Clone)]
struct Known {
    principal: Arc<Principal>,
    /// The key they came with; its principal is the person it belongs to.
    api_key_id: Option<String>,
}

/// What a key stands for, as the tenant service said.
#[derive(Debug, Clone)]
struct ResolvedKey {
    access_token: String,
    api_key_id: String,
}

/// Every caller of the last second, and the sessions and keys that ended.
#[derive(Debug)]
pub(crate) struct Sessions {
    known: Cache<[u8; 32], Known>,
    keys: Cache<[u8; 32], Arc<ResolvedKey>>,
    /// By `ses_…` or `key_…`.
    ended: Cache<String, ()>,
}

impl Sessions {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        fn remembering<K, V>(time: Duration) -> Cache<K, V>
        where
            K: Hash + Eq + Send + Sync + 'static,
            V: Clone + Send + Sync + 'static,
        {
            Cache::builder()
                .max_capacity(REMEMBERED_MAX)
                .time_to_live(time)
                .build()
        }
        Self {
            known: remembering(BELIEVED_FOR),
            keys: remembering(KEY_BELIEVED_FOR),
            ended: remembering(ENDED_FOR),
        }
    }

    /// Who a credential stands for. Concurrent requests of one caller share one check.
    pub(crate) async fn identify(
        &self,
        credential: &Credential,
        edge: &Edge,
    ) -> Result<Arc<Principal>, Problem> {
        let known = self
            .known
            .try_get_with(credential.digest(), self.check(credential, edge))
            .await
            .map_err(|problem: Arc<Problem>| (*problem).clone())?;
        let session = known.principal.sid.map(|sid| sid.to_string());
        for id in session.iter().chain(&known.api_key_id) {
            if self.ended.contains_key(id) {
                return Err(unauthenticated("session or key has ended"));
            }
        }
        Ok(known.principal)
    }

    /// Remembers that a session or a key ended, so that its access tokens end with it.
    pub(crate) async fn end(&self, id: String) {
        self.ended.insert(id, ()).await;
    }

    /// Forgets what was believed, because a session changed.
    pub(crate) fn forget_all(&self) {
        self.known.invalidate_all();
    }

    async fn check(&self, credential: &Credential, edge: &Edge) -> Result<Known, Problem> {
        let clients = edge.clients();
        let (token, api_key_id) = match credential {
            Credential::Bearer(token) => (token.clone(), None),
            Credential::Cookie(secret) => {
                let request = ResolveSessionRequest {
                    session_secret: secret.clone(),
                };
                let answer = clients.anonymous()?.resolve_session(request).await?;
                (answer.into_inner().access_token, None)
            }
            Credential::ApiKey { secret, address } => {
                let key = self
                    .keys
                    .try_get_with(credential.digest(), resolve_key(secret, address, edge))
                    .await
                    .map_err(|problem: Arc<Problem>| (*problem).clone())?;
                (key.access_token.clone(), Some(key.api_key_id.clone()))
            }
        };
        // Only what a program brings itself: tokens behind cookies and keys are our own.
        let foreign = match credential {
            Credential::Bearer(token) => edge.external_issuers().identify(token).await,
            _ => None,
        };
        let principal = match foreign {
            Some(answer) => answer.map_err(|fault| refused(&fault))?,
            None => verify(&token, edge.keys(), clients).await?,
        };
        Ok(Known {
            principal: Arc::new(principal),
            api_key_id,
        })
    }
}

/// Asks what a key stands for. One that stands for nothing costs its sender a try at signing in:
/// each costs the database a look.
async fn resolve_key(
    secret: &str,
    address: &str,
    edge: &Edge,
) -> Result<Arc<ResolvedKey>, Problem> {
    let request = ResolveApiKeyRequest {
        secret: secret.to_owned(),
        client: Some(Client {
            ip: address.to_owned(),
            user_agent: String::new(),
        }),
    };
    let answer = edge
        .clients()
        .nobody_signing_in()?
        .resolve_api_key(request)
        .await;
    match answer {
        Ok(answer) => {
            let answer = answer.into_inner();
            Ok(Arc::new(ResolvedKey {
                access_token: answer.access_token,
                api_key_id: answer.api_key_id,
            }))
        }
        Err(status) => {
            let problem = Problem::from(status);
            if problem.kind() == Kind::Unauthenticated {
                edge.limits().take_sign_in(address).await?;
            }
            Err(problem)
        }
    }
}

async fn verify(token: &str, keys: &AccessKeys, clients: &Clients) -> Result<Principal, Problem> {
    keys.for_token(token, clients)
        .await?
        .verify(token)
        .map_err(|fault| refused(&fault))
}

fn refused(fault: &AuthFault) -> Problem {
    if let AuthFault::Unauthenticated { detail } = fault {
        tracing::debug!(detail, "a token was refused");
    }
    Problem::of(fault)
}
