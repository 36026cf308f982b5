//! What makes guessing a password slow, without letting anybody lock anybody else out.
//!
//! Pauses belong to an account *and* an address: whoever knows the password and comes from
//! elsewhere is not kept waiting. An account that many addresses guess at is guarded more
//! strictly, but the first try of an address is always let through.
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wt_fault::Kind;
use wt_throttle::{Backoff, Throttle, ThrottleFault, Verdict};

use super::{exhausted, policy::WRONG_PASSWORDS};
use crate::rest::problem::Problem;

/// For people who mistype: five tries, then a pause from one second to a quarter of an hour.
const USUAL: Backoff = Backoff {
    free: 5,
    first: Duration::from_secs(1),
    longest: Duration::from_mins(15),
    forget_after: Duration::from_hours(1),
};
/// For accounts that are guessed at from many addresses: one try an address, then a long pause.
const ATTACKED: Backoff = Backoff {
    free: 0,
    first: Duration::from_mins(15),
    longest: Duration::from_hours(1),
    forget_after: Duration::from_hours(3),
};

/// One try at one account's password from one address.
#[derive(Debug)]
pub(crate) struct Guess<'a> {
    throttle: Option<&'a Throttle>,
    account: String,
    pair: String,
    /// Whether this address failed at this account before.
    failed_before: bool,
}

impl<'a> Guess<'a> {
    /// Lets a try through, unless this address failed at this account too often; whether there
    /// is such an account makes no difference.
    pub(super) async fn begin(
        throttle: Option<&'a Throttle>,
        email: &str,
        address: &str,
    ) -> Result<Self, Problem> {
        // A digest: addresses of people do not belong in Redis.
        let digest = Sha256::digest(email.trim().to_lowercase());
        let account = hex::encode(digest.get(..16).unwrap_or_default());
        let pair = format!("{account}:{address}");
        let mut failed_before = false;
        if let Some(throttle) = throttle {
            let pause = throttle.pause(&pair).await.map_err(|fault| away(&fault))?;
            failed_before = pause.is_some();
            if let Some(pause) = pause.filter(|pause| !pause.is_zero()) {
                return Err(exhausted(pause));
            }
        }
        Ok(Self {
            throttle,
            account,
            pair,
            failed_before,
        })
    }

    /// Learns how the try ended.
    pub(crate) async fn end<T>(self, answer: &Result<T, Problem>) {
        let Some(throttle) = self.throttle else {
            return;
        };
        let noted = match answer {
            Ok(_) if self.failed_before => throttle.forgive(&self.pair).await,
            Err(problem) if problem.kind() == Kind::Unauthenticated => self.failed(throttle).await,
            Ok(_) | Err(_) => Ok(()),
        };
        if let Err(fault) = noted {
            tracing::error!(error = %wt_fault::chain(&fault), "a try to sign in is not counted");
        }
    }

    async fn failed(&self, throttle: &Throttle) -> Result<(), ThrottleFault> {
        let key = format!("wrong-password:{}", self.account);
        let backoff = match throttle.take(&key, WRONG_PASSWORDS, 1).await? {
            Verdict::Granted { .. } => USUAL,
            Verdict::Refused { .. } => ATTACKED,
        };
        throttle.fail(&self.pair, backoff).await.map(drop)
    }
}

/// Nobody can sign in: without budgets a password could be guessed as fast as it is hashed.
pub(super) fn away(fault: &ThrottleFault) -> Problem {
    tracing::error!(error = %wt_fault::chain(fault), "nobody can sign in while Redis is away");
    Problem::of(fault)
}
