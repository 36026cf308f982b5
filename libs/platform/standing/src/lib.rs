//! How a tenant stands (plan, state, may it scan), asked of the tenant service before a limit is
//! used and remembered for a moment.
//!
//! **Invariants**: an answer that is at most [`FRESH`] old is used without asking. While the
//! tenant service is away, one that is at most [`STALE`] old still counts, so that scanning does
//! not stop because billing cannot be asked; with no answer at all nothing is admitted.

mod fault;

pub use fault::StandingFault;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::sync::Cache;
use wt_auth::tenant_of;
use wt_model::{Principal, TenantKey};
use wt_plan::Standing;
use wt_proto::{
    convert::from_timestamp,
    tenant::{
        GetStandingRequest, GetStandingResponse, billing_service_client::BillingServiceClient,
    },
};
use wt_rpc::{Peer, RpcFault};

/// For how long an answer is not asked for again: a plan that was just bought, or a payment that
/// arrived, counts as soon as this.
pub const FRESH: Duration = Duration::from_secs(10);
/// For how long an answer counts while the tenant service is away: a restart or an outage that
/// somebody repairs, not a week without paying.
pub const STALE: Duration = Duration::from_hours(1);
/// Most tenants remembered; a forgotten one is asked for again.
const TENANTS_MAX: u64 = 10_000;

/// What the tenant service told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The organization that pays: limits are counted over everything below it.
    pub root: TenantKey,
    /// How it stands.
    pub standing: Standing,
    /// The organization and those above it, the nearest first: what is set up there holds here.
    pub above: Arc<[TenantKey]>,
}

/// The way to ask; cheap to clone.
#[derive(Clone)]
pub struct Standings {
    peer: Peer,
    told: Cache<TenantKey, (Instant, Told)>,
}

impl std::fmt::Debug for Standings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Standings")
    }
}

impl Standings {
    /// Asks the tenant service over `peer`.
    pub fn new(peer: Peer) -> Self {
        let told = Cache::builder()
            .max_capacity(TENANTS_MAX)
            .time_to_live(STALE)
            .build();
        Self { peer, told }
    }

    /// How the tenant of the principal's organization stands.
    ///
    /// # Errors
    /// The principal is in no organization, there is none of that key, or the tenant service is
    /// away and was never heard of this one.
    pub async fn of(&self, principal: &Principal) -> Result<Told, StandingFault> {
        let tenant_key = tenant_of(principal)?;
        let known = self.told.get(&tenant_key);
        if let Some((at, told)) = &known
            && at.elapsed() < FRESH
        {
            return Ok(told.clone());
        }
        match self.ask(principal).await {
            Ok(told) => {
                self.told.insert(tenant_key, (Instant::now(), told.clone()));
                Ok(told)
            }
            Err(fault) => match known {
                Some((_, told)) if fault.is_away() => {
                    tracing::warn!(error = %wt_fault::chain(&fault), "the last known plan counts");
                    Ok(told)
                }
                _ => Err(fault),
            },
        }
    }

    async fn ask(&self, principal: &Principal) -> Result<Told, StandingFault> {
        let answer = BillingServiceClient::new(self.peer.channel())
            .get_standing(self.peer.request(Some(principal), GetStandingRequest {})?)
            .await
            .map_err(RpcFault::from)?
            .into_inner();
        read(answer, tenant_of(principal)?).ok_or(StandingFault::Unreadable)
    }
}

/// An answer in our words; none for one that a newer version of the tenant service gave.
fn read(answer: GetStandingResponse, tenant_key: TenantKey) -> Option<Told> {
    let standing = answer.standing?;
    let mut above = answer
        .above
        .iter()
        .map(|key| key.parse().ok())
        .collect::<Option<Vec<TenantKey>>>()?;
    if above.first() != Some(&tenant_key) {
        // An older version of the tenant service says nothing of it.
        above.insert(0, tenant_key);
    }
    Some(Told {
        root: answer.root_tenant_key.parse().ok()?,
        standing: Standing {
            plan: standing.plan.parse().ok()?,
            state: standing.state.parse().ok()?,
            may_scan: standing.may_scan,
            until: from_timestamp(standing.until.as_ref()),
        },
        above: above.into(),
    })
}
