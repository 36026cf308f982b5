//! HTTP to addresses that customers name, without reaching inside.
//!
//! **Invariants**: every address a name resolves to is checked before it is connected to, so a
//! second DNS answer changes nothing; special-purpose addresses (loopback, private, link-local)
//! are refused unless configured for development; plain HTTP goes only to those; redirects are
//! answers, never followed; no proxy of the environment is used; answers are short and quick.

mod exchange;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use url::{Host, Url};
use wt_fault::{Fault, Kind};
use wt_scope::{Network, canonical_address, classify};

pub use exchange::{Answered, Ask, Credential, Verb};

/// Longest exchange: a person waits for it at sign-in.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer in bytes; discovery documents and key sets are a few kilobytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A request that was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum OutboundFault {
    /// The address may not be asked.
    #[error("{url} may not be asked: {reason}")]
    Refused {
        /// Which; without its query.
        url: String,
        /// Why.
        reason: &'static str,
    },
    /// It did not answer, or not as it should.
    #[error("{url} did not answer as it should: {reason}")]
    Failed {
        /// Which; without its query.
        url: String,
        /// What happened.
        reason: String,
    },
}

impl Fault for OutboundFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Refused { .. } => Kind::Invalid,
            Self::Failed { .. } => Kind::Precondition,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Refused { .. } => "outbound.refused",
            Self::Failed { .. } => "outbound.failed",
        }
    }
}

/// Which addresses may be reached although they are special.
#[derive(Debug, Clone, Default)]
struct Guard(Arc<[Network]>);

impl Guard {
    fn allows(&self, address: IpAddr) -> bool {
        let address = canonical_address(address);
        classify(address).is_none() || self.is_named(address)
    }

    fn is_named(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| guard.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err("no public address".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The guarded client; cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    guard: Guard,
}

impl Outbound {
    /// A client that may reach `allowed` besides the public internet; empty outside development.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(allowed: &[Network]) -> Result<Self, OutboundFault> {
        let guard = Guard(allowed.into());
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(TIMEOUT)
            .dns_resolver(Arc::new(guard.clone()))
            .user_agent(concat!("watchtower/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| OutboundFault::Failed {
                url: "https".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self { client, guard })
    }

    /// Checks an address as far as that is possible without asking: its scheme, and the host if
    /// it is an address.
    pub fn check(&self, url: &Url) -> Result<(), OutboundFault> {
        let refuse = |reason| {
            Err(OutboundFault::Refused {
                url: plain(url),
                reason,
            })
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds credentials");
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            Some(Host::Domain(_)) => None,
            None => return refuse("it has no host"),
        };
        if literal.is_some_and(|address| !self.guard.allows(address)) {
            return refuse("it is not on the public internet");
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if literal.is_some_and(|address| self.guard.is_named(address)) => Ok(()),
            _ => refuse("it is not https"),
        }
    }

    /// Reads a JSON document.
    pub async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, OutboundFault> {
        self.check(url)?;
        self.json(url, self.client.get(url.clone())).await
    }

    /// Reads a JSON document with a bearer token (RFC 6750).
    pub async fn get_as<T: DeserializeOwned>(
        &self,
        url: &Url,
        token: &str,
    ) -> Result<T, OutboundFault> {
        self.check(url)?;
        let request = self.client.get(url.clone()).bearer_auth(token);
        self.json(url, request).await
    }

    /// Posts a form and reads the JSON answer. `basic` is a user and password (RFC 7617).
    pub async fn post_form<T: DeserializeOwned>(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<T, OutboundFault> {
        self.check(url)?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut request = self
            .client
            .post(url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        if let Some((user, password)) = basic {
            request = request.basic_auth(user, Some(password));
        }
        self.json(url, request).await
    }

    /// Posts a JSON text and says what status was answered. The answer's body is not read: nobody
    /// may learn what a receiver says by naming it.
    pub async fn post_json(
        &self,
        url: &Url,
        headers: &[(&'static str, &str)],
        body: String,
    ) -> Result<u16, OutboundFault> {
        self.check(url)?;
        let request = self
            .client
            .post(url.clone())
            .header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let answer = request.body(body).send().await;
        let answer = answer.map_err(|error| OutboundFault::Failed {
            url: origin(url),
            reason: wt_fault::chain(&error.without_url()),
        })?;
        Ok(answer.status().as_u16())
    }

    async fn json<T: DeserializeOwned>(
        &self,
        url: &Url,
        request: RequestBuilder,
    ) -> Result<T, OutboundFault> {
        let failed = |reason: String| OutboundFault::Failed {
            url: plain(url),
            reason,
        };
        let request = request.header("accept", "application/json");
        let mut answer = request
            .send()
            .await
            .map_err(|error| failed(wt_fault::chain(&error.without_url())))?;
        if !answer.status().is_success() {
            return Err(failed(format!("status {}", answer.status().as_u16())));
        }
        let mut body = Vec::new();
        while let Some(part) = answer
            .chunk()
            .await
            .map_err(|error| failed(error.without_url().to_string()))?
        {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(failed("its answer is too long".to_owned()));
            }
            body.extend_from_slice(&part);
        }
        serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))
    }
}

/// Scheme, host and port of an address: all that may be shown of one whose path is a secret.
pub fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// An address for people and logs: what follows the path may hold a secret.
fn plain(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Both only fail for addresses without a host, which hold no credentials either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::Outbound;

    fn refused(outbound: &Outbound, url: &str) -> bool {
        outbound.check(&url.parse().unwrap()).is_err()
    }

    #[test]
    fn nothing_inside_is_asked_and_nothing_in_clear() {
        let outbound = Outbound::new(&[]).unwrap();
        for url in [
            "http://example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.1.2.3/",
            "https://user:secret@example.com/",
            "file:///etc/passwd",
        ] {
            assert!(refused(&outbound, url), "{url}");
        }
        assert!(!refused(&outbound, "https://example.com/"));
    }

    #[test]
    fn development_names_what_else_may_be_asked() {
        let outbound = Outbound::new(&["127.0.0.0/8".parse().unwrap()]).unwrap();
        assert!(!refused(&outbound, "http://127.0.0.1:3000/"));
        assert!(refused(&outbound, "http://10.0.0.1/"));
        assert!(refused(&outbound, "http://example.com/"));
    }

    #[test]
    fn an_origin_tells_neither_path_nor_credentials() {
        let url = "https://u:p@hooks.example.com:8443/T0/secret?token=x#y";
        let shown = super::origin(&url.parse().unwrap());
        assert_eq!(shown, "https://hooks.example.com:8443");
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let outbound = Outbound::new(&[]).unwrap();
        let url = "https://localhost:1/".parse().unwrap();
        let fault = outbound.get::<()>(&url).await.unwrap_err();
        assert!(fault.to_string().contains("no public address"), "{fault}");
    }
}
