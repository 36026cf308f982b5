//! How much one caller may ask, shared by every gateway through Redis (docs/operate/limits.md).
//!
//! Signing in fails closed: without budgets a password could be guessed as fast as it is hashed.
//! Everything else fails open: an organization's own work must not stop because Redis did.
mod guesses;
mod lease;
mod policy;

pub(crate) use guesses::Guess;
pub(crate) use policy::Told;

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use axum::{extract::FromRequestParts, http::request::Parts};
use wt_fault::{Kind, Report};
use wt_model::{Principal, PrincipalKind};
use wt_throttle::{Throttle, ThrottleFault};

use self::{
    lease::{Leases, Read},
    policy::{PUBLIC, Policy, REFUSED, SIGN_IN, WRITES, WRITES_TOGETHER},
};
use crate::{Edge, config::Config, rest::problem::Problem, session, session::Credential};

/// The budgets; none without Redis.
#[derive(Debug)]
pub(crate) struct Limits {
    throttle: Option<Throttle>,
    leases: Leases,
    reads: [Policy; 2],
}

impl Limits {
    /// Budgets as `config` says.
    pub(crate) fn new(config: &Config) -> Result<Self, ThrottleFault> {
        let url = config.throttle.redis_url.as_deref();
        Ok(Self {
            throttle: url.map(Throttle::new).transpose()?,
            leases: Leases::new(),
            reads: Policy::reads(config.reads_per_second),
        })
    }

    /// Takes one read of a signed-in caller.
    pub(crate) async fn take_read(
        &self,
        parts: &Parts,
        principal: &Principal,
        credential: &Credential,
    ) -> Result<(), Problem> {
        let (Some(throttle), Some(tenant)) = (&self.throttle, principal.tenant_key) else {
            return Ok(());
        };
        let caller = caller(principal, credential);
        let key = |policy: &Policy| match policy.name {
            "caller" => format!("read:{caller}"),
            _ => format!("read:{tenant}"),
        };
        let name = format!("{tenant}:{caller}");
        let (standings, refused) = match self.leases.take(throttle, &name, &self.reads, key).await {
            Read::Granted(standings) => (standings, None),
            Read::Refused(nth, standings) => {
                let wait = standings.get(nth).map(|standing| standing.reset);
                (standings, wait)
            }
        };
        Told::note(parts, self.reads.into_iter().zip(standings));
        refused.map_or(Ok(()), |wait| Err(exhausted(wait)))
    }

    /// Takes one try at signing in of an address, or of a person.
    pub(crate) async fn take_sign_in(&self, whose: &str) -> Result<(), Problem> {
        let Some(throttle) = &self.throttle else {
            return Ok(());
        };
        let bucket = (format!("sign-in:{}", network(whose)), SIGN_IN.budget);
        let said = throttle.take_all(&[bucket], 1).await;
        let said = said.map_err(|fault| guesses::away(&fault))?;
        match said.refused.and_then(|nth| said.buckets.get(nth)) {
            Some(standing) => Err(exhausted(standing.reset)),
            None => Ok(()),
        }
    }

    /// Takes one write of a signed-in caller.
    pub(crate) async fn take_write(
        &self,
        parts: &Parts,
        principal: &Principal,
        credential: &Credential,
    ) -> Result<(), Problem> {
        let Some(tenant) = principal.tenant_key else {
            return Ok(());
        };
        let caller = caller(principal, credential);
        let buckets = [
            (WRITES, format!("write:{caller}")),
            (WRITES_TOGETHER, format!("write:{tenant}")),
        ];
        self.take(parts, buckets).await.unwrap_or_else(|fault| {
            tracing::warn!(error = %wt_fault::chain(&fault), "writes are not limited while Redis is away");
            Ok(())
        })
    }

    /// Counts a credential that was worth nothing against its address.
    pub(crate) async fn take_refused(&self, parts: &Parts, edge: &Edge) -> Result<(), Problem> {
        let key = format!("refused:{}", address(parts, edge));
        self.take(parts, [(REFUSED, key)])
            .await
            .unwrap_or_else(|fault| {
                tracing::warn!(error = %wt_fault::chain(&fault), "bad credentials are not counted while Redis is away");
                Ok(())
            })
    }

    /// Takes one read of an address that nobody asked who it is.
    pub(crate) async fn take_public(&self, parts: &Parts, edge: &Edge) -> Result<(), Problem> {
        let key = format!("public:{}", address(parts, edge));
        self.take(parts, [(PUBLIC, key)])
            .await
            .unwrap_or_else(|fault| {
                tracing::warn!(error = %wt_fault::chain(&fault), "public reads are not limited while Redis is away");
                Ok(())
            })
    }

    /// Lets a try at a password through, unless this address failed at it too often.
    pub(crate) async fn begin_guess(
        &self,
        email: &str,
        from: &AuthBudget,
    ) -> Result<Guess<'_>, Problem> {
        Guess::begin(self.throttle.as_ref(), email, &from.address).await
    }

    /// Takes one from each bucket, and notes for the answer how they stand.
    async fn take<const N: usize>(
        &self,
        parts: &Parts,
        buckets: [(Policy, String); N],
    ) -> Result<Result<(), Problem>, ThrottleFault> {
        let Some(throttle) = &self.throttle else {
            return Ok(Ok(()));
        };
        let policies = buckets.each_ref().map(|(policy, _)| *policy);
        let keys = buckets.map(|(policy, key)| (key, policy.budget));
        let said = throttle.take_all(&keys, 1).await?;
        let wait = said
            .refused
            .and_then(|nth| said.buckets.get(nth))
            .map(|standing| standing.reset);
        Told::note(parts, policies.into_iter().zip(said.buckets));
        Ok(wait.map_or(Ok(()), |wait| Err(exhausted(wait))))
    }
}

/// Whose budget it is: a program's, by its key, or a person's, whatever they use.
fn caller(principal: &Principal, credential: &Credential) -> String {
    if principal.kind == PrincipalKind::ApiKey {
        let digest = credential.digest();
        format!("key:{}", hex::encode(digest.get(..8).unwrap_or_default()))
    } else {
        principal.sub.clone()
    }
}

/// Where a request comes from, as budgets know it.
fn address(parts: &Parts, edge: &Edge) -> String {
    match session::client_address(parts, edge.trusted_proxies()) {
        Some(address) => network(&address.to_string()),
        None => "unknown".to_owned(),
    }
}

/// Whom an address stands for: an IPv6 customer holds a whole /64 (RFC 6177).
fn network(address: &str) -> String {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V6(address)) => {
            let network = address.to_bits() & (u128::MAX << 64);
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// The budget is used up for this long.
fn exhausted(retry_after: Duration) -> Problem {
    Report {
        kind: Kind::Exhausted,
        code: "request.rate_limited".to_owned(),
        message: "too many requests".to_owned(),
        advice: "wait as long as retry-after says".to_owned(),
        fields: Vec::new(),
        retry_after_ms: u64::try_from(retry_after.as_millis()).ok(),
    }
    .into()
}

/// Permission to try to sign in once more.
#[derive(Debug)]
pub(crate) struct AuthBudget {
    address: String,
}

impl FromRequestParts<Edge> for AuthBudget {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let address = address(parts, edge);
        let bucket = (SIGN_IN, format!("sign-in:{address}"));
        edge.limits()
            .take(parts, [bucket])
            .await
            .unwrap_or_else(|fault| Err(guesses::away(&fault)))?;
        Ok(Self { address })
    }
}
