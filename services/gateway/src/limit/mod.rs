//! How much one caller may ask, shared by every gateway through Redis.
//!
//! Signing in fails closed: without budgets a password could be guessed as fast as it is hashed.
//! Writes fail open: an organization's own work must not stop because Redis did.
use axum::{extract::FromRequestParts, http::request::Parts};
use wt_fault::{Kind, Report};
use wt_model::Principal;
use wt_throttle::{Budget, Throttle, ThrottleFault, Verdict};

use crate::{Edge, rest::problem::Problem, session};

/// Attempts to sign up, in or on from one address: a team behind one address signs in at nine
/// o'clock, a guesser gets one try a second.
const SIGN_IN: Budget = Budget {
    size: 60,
    per_second: 1.0,
};
/// Writes of one organization: a script that imports and acts, not a runaway loop.
const WRITES: Budget = Budget {
    size: 600,
    per_second: 50.0,
};

/// The budgets; none without Redis.
#[derive(Debug)]
pub(crate) struct Limits(Option<Throttle>);

impl Limits {
    /// Budgets kept at `redis_url`.
    pub(crate) fn new(redis_url: Option<&str>) -> Result<Self, ThrottleFault> {
        redis_url.map(Throttle::new).transpose().map(Self)
    }

    /// Takes one write of the caller's organization.
    pub(crate) async fn take_write(&self, principal: &Principal) -> Result<(), Problem> {
        let (Some(throttle), Some(tenant)) = (&self.0, principal.tenant_key) else {
            return Ok(());
        };
        match throttle.take(&format!("write:{tenant}"), WRITES, 1).await {
            Ok(verdict) => granted(verdict),
            Err(fault) => {
                tracing::warn!(error = %wt_fault::chain(&fault), "writes are not limited while Redis is away");
                Ok(())
            }
        }
    }

    /// Takes one try at signing in of an address, or of a person.
    pub(crate) async fn take_sign_in(&self, whose: &str) -> Result<(), Problem> {
        let Some(throttle) = &self.0 else {
            return Ok(());
        };
        match throttle.take(&format!("sign-in:{whose}"), SIGN_IN, 1).await {
            Ok(verdict) => granted(verdict),
            Err(fault) => {
                tracing::error!(error = %wt_fault::chain(&fault), "nobody can sign in while Redis is away");
                Err(Problem::of(&fault))
            }
        }
    }
}

fn granted(verdict: Verdict) -> Result<(), Problem> {
    match verdict {
        Verdict::Granted { .. } => Ok(()),
        Verdict::Refused { retry_after } => Err(Report {
            kind: Kind::Exhausted,
            code: "request.rate_limited".to_owned(),
            message: "too many requests".to_owned(),
            advice: "wait as long as retry-after says".to_owned(),
            fields: Vec::new(),
            retry_after_ms: u64::try_from(retry_after.as_millis()).ok(),
        }
        .into()),
    }
}

/// Permission to try to sign in once more.
#[derive(Debug)]
pub(crate) struct AuthBudget;

impl FromRequestParts<Edge> for AuthBudget {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let address = session::client_address(parts, edge.trusted_proxies())
            .map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
        edge.limits().take_sign_in(&address).await?;
        Ok(Self)
    }
}
