//! Requests a run: what may be scanned, planned into jobs, signed, and committed with its news
//! (contracts §2, §3).

use wt_auth::may;
use wt_model::{Permission, Policy, Principal, Profile, RunKind};
use wt_proto::{Message, scan};

use super::{Api, pools};
use crate::{
    beginning::{Asked, begin, repeated},
    error::ScanFault,
    planning::Wanted,
    wire,
};

/// Most assets or exposures one request names.
const NAMED_MAX: usize = 2_000;
/// Longest list of ports, in characters.
const PORTS_CHARS_MAX: usize = 1_000;

pub(super) async fn request_run(
    api: &Api,
    principal: &Principal,
    request: scan::RequestRunRequest,
) -> Result<scan::RequestRunResponse, ScanFault> {
    let bytes = request.encode_to_vec();
    let asked = Asked::read(request.dry_run, &request.idempotency_key, &bytes)?;
    let wanted = read(request)?;
    may(
        principal,
        match wanted.kind {
            RunKind::Verify => Permission::ExposuresAct,
            RunKind::OnDemand | RunKind::Scheduled => Permission::RunsCreate,
        },
    )?;
    if let Some(run) = repeated(api, principal, &asked).await? {
        return Ok(run);
    }
    begin(api, principal, wanted, &asked).await
}

/// Reads a request, naming the field that makes no sense.
pub(crate) fn read(request: scan::RequestRunRequest) -> Result<Wanted, ScanFault> {
    let kind = match request.kind.as_str() {
        "" => RunKind::OnDemand,
        word => wire::word("kind", word)?,
    };
    if request.asset_ids.len() > NAMED_MAX || request.exposure_keys.len() > NAMED_MAX {
        return Err(ScanFault::field(
            "asset_ids",
            format!("at most {NAMED_MAX} at once"),
        ));
    }
    let (profile, keys) = match kind {
        RunKind::Verify if request.exposure_keys.is_empty() => {
            return Err(ScanFault::field("exposure_keys", "name what to verify"));
        }
        RunKind::Verify => (Profile::Verify, request.exposure_keys),
        RunKind::OnDemand | RunKind::Scheduled => {
            let profile = wire::optional("profile", &request.profile)?.unwrap_or(Profile::Baseline);
            if profile == Profile::Verify {
                return Err(ScanFault::field("profile", "verify is for exposures"));
            }
            (profile, Vec::new())
        }
    };
    let policy = wire::optional("policy", &request.policy)?.unwrap_or(Policy::Safe);
    if policy == Policy::Intrusive {
        return Err(ScanFault::field(
            "policy",
            "intrusive runs need a consent that isn't given",
        ));
    }
    if request.ports.chars().count() > PORTS_CHARS_MAX {
        let reason = format!("at most {PORTS_CHARS_MAX} characters");
        return Err(ScanFault::field("ports", reason));
    }
    let ports = if request.ports.trim().is_empty() {
        wt_scope::ports_of(profile)
    } else {
        wire::word("ports", &request.ports)?
    };
    Ok(Wanted {
        pool: pools::named(&request.pool)?,
        kind,
        profile,
        policy,
        ports,
        asset_ids: request.asset_ids,
        keys,
        again: None,
        schedule: None,
    })
}
