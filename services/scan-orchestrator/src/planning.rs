//! From a request that makes sense to jobs: what may be scanned is asked once, then planned; when
//! a proof turns out to be withdrawn meanwhile, what is left is planned again.

use std::collections::BTreeSet;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_engine::{
    check::{Check, catalogue},
    template::TemplateChecks,
};
use wt_exposure::{CheckRef, PortSet};
use wt_fault::Fault;
use wt_model::{AssetId, Policy, Pool, Principal, Profile, RunKind};
use wt_plan::PlanFault;
use wt_proto::scan;

use crate::{
    domain::{
        exclusion::Exclusions,
        plan::{AuthorizedAsset, JobPlan, KnownCell, plan_assets, plan_cells, without_check},
        rerun::{Shard, plan_shards},
        window::{Opening, Rule, opening},
    },
    error::{OUTSIDE_WINDOW, ScanFault},
    peers::Peers,
};

/// A request that makes sense.
pub(crate) struct Wanted {
    pub(crate) kind: RunKind,
    pub(crate) profile: Profile,
    pub(crate) policy: Policy,
    pub(crate) ports: PortSet,
    pub(crate) asset_ids: Vec<String>,
    pub(crate) keys: Vec<String>,
    /// The pool it names, if any.
    pub(crate) pool: Option<Pool>,
    /// What it repeats, if it repeats the failed parts of another.
    pub(crate) again: Option<Again>,
    /// The schedule that asks, if one does.
    pub(crate) schedule: Option<scan::ScheduleRef>,
}

/// The parts of an earlier run that brought no result.
pub(crate) struct Again {
    pub(crate) run: scan::RunRef,
    /// Who took its jobs.
    pub(crate) pool: Pool,
    pub(crate) shards: Vec<Shard>,
}

/// What a run may stand on, as the other services told it.
pub(crate) struct Ground {
    assets: Vec<AuthorizedAsset>,
    open: Vec<KnownCell>,
    refused: Vec<scan::RefusedTarget>,
}

/// What a request comes to.
pub(crate) struct Planned {
    pub(crate) jobs: Vec<JobPlan>,
    pub(crate) asset_ids: Vec<String>,
    pub(crate) refused: Vec<scan::RefusedTarget>,
}

impl Planned {
    /// Assets and, one for one, the proofs this rests on.
    pub(crate) fn rests_on(&self) -> (Vec<String>, Vec<String>) {
        let pairs: BTreeSet<_> = self
            .jobs
            .iter()
            .flat_map(|job| &job.rests_on)
            .map(|(asset, proof)| (asset.to_string(), proof.clone()))
            .collect();
        pairs.into_iter().unzip()
    }
}

impl Ground {
    /// Asks what may be scanned and what is open there.
    pub(crate) async fn survey(
        peers: &Peers,
        principal: &Principal,
        wanted: &Wanted,
    ) -> Result<Self, ScanFault> {
        if wanted.kind == RunKind::Verify {
            let open = peers
                .open_cells(principal, Vec::new(), wanted.keys.clone())
                .await?;
            if !open.unknown_keys.is_empty() {
                return Err(ScanFault::ExposureUnknown);
            }
            let ids: BTreeSet<String> = open.cells.iter().map(|c| c.asset_id.to_string()).collect();
            let ids = ids.into_iter().collect();
            let (assets, refused) = peers.resolve_scope(principal, ids).await?;
            return Ok(Self::of(assets, open.cells, refused));
        }
        let (assets, refused) = peers
            .resolve_scope(principal, wanted.asset_ids.clone())
            .await?;
        let ids: Vec<String> = assets.iter().map(|asset| asset.id.to_string()).collect();
        let open = if ids.is_empty() {
            Vec::new()
        } else {
            peers.open_cells(principal, ids, Vec::new()).await?.cells
        };
        Ok(Self::of(assets, open, refused))
    }

    fn of(
        assets: Vec<AuthorizedAsset>,
        open: Vec<KnownCell>,
        refused: Vec<wt_proto::asset::UnauthorizedAsset>,
    ) -> Self {
        let refused = refused
            .into_iter()
            .map(|told| scan::RefusedTarget {
                asset_id: told.asset_id,
                code: told.code,
                reason: told.reason,
            })
            .collect();
        Self {
            assets,
            open,
            refused,
        }
    }

    /// Whether nothing may be scanned.
    pub(crate) fn is_empty(&self) -> bool {
        self.assets.is_empty()
    }

    /// The assets it is about.
    pub(crate) fn asset_ids(&self) -> Vec<String> {
        self.assets
            .iter()
            .map(|asset| asset.id.to_string())
            .collect()
    }

    /// Takes assets out whose proof was withdrawn after the registry was asked.
    pub(crate) fn withdraw(&mut self, asset_ids: &[String]) {
        let (gone, left) = std::mem::take(&mut self.assets)
            .into_iter()
            .partition(|asset| asset_ids.contains(&asset.id.to_string()));
        self.assets = left;
        let gone: Vec<AuthorizedAsset> = gone;
        self.refused
            .extend(gone.into_iter().map(|asset| scan::RefusedTarget {
                asset_id: asset.id.to_string(),
                code: "asset.not_verified".to_owned(),
                reason: format!("the proof of {} was withdrawn a moment ago", asset.value),
            }));
    }

    /// Takes assets out that were scanned too recently for the plan.
    pub(crate) fn postpone(&mut self, asset_ids: &[String], fault: &PlanFault) {
        self.assets
            .retain(|asset| !asset_ids.contains(&asset.id.to_string()));
        self.refused
            .extend(asset_ids.iter().map(|id| scan::RefusedTarget {
                asset_id: id.clone(),
                code: fault.code().to_owned(),
                reason: fault.to_string(),
            }));
    }

    /// Takes assets out that their rules let nobody scan now, and notes of the others until when
    /// they may be; says why of the one that may be scanned first.
    pub(crate) fn keep_hours(&mut self, rules: &[Rule], now: OffsetDateTime) -> Option<ScanFault> {
        let mut first: Option<(Option<OffsetDateTime>, String)> = None;
        let refused = &mut self.refused;
        self.assets.retain_mut(|asset| {
            let opens = match opening(rules, asset.id, now) {
                Opening::Open { until } => {
                    asset.until = until;
                    return true;
                }
                Opening::Closed { opens } => opens,
            };
            let reason = closed(asset, opens);
            refused.push(scan::RefusedTarget {
                asset_id: asset.id.to_string(),
                code: OUTSIDE_WINDOW.to_owned(),
                reason: reason.clone(),
            });
            let is_sooner = first.as_ref().is_none_or(|(known, _)| {
                opens.is_some_and(|opens| known.is_none_or(|known| opens < known))
            });
            if is_sooner {
                first = Some((opens, reason));
            }
            false
        });
        first.map(|(_, reason)| ScanFault::OutsideWindow { reason })
    }

    /// Plans the jobs.
    pub(crate) fn plan(
        &self,
        wanted: &Wanted,
        exclusions: &Exclusions,
        templates: &TemplateChecks,
    ) -> Result<Planned, ScanFault> {
        let checks = checks_of(wanted, templates);
        let mut refused = self.refused.clone();
        let mut asset_ids: BTreeSet<String> = self
            .assets
            .iter()
            .map(|asset| asset.id.to_string())
            .collect();
        let verifies = wanted.kind == RunKind::Verify;
        let jobs = if verifies {
            asset_ids.extend(self.open.iter().map(|cell| cell.asset_id.to_string()));
            let unplanned = without_check(&self.open, &checks);
            refused.extend(unplanned.into_iter().map(|cell| scan::RefusedTarget {
                asset_id: cell.asset_id.to_string(),
                code: "check.not_run".to_owned(),
                reason: format!(
                    "{} is no longer run, or not under this policy",
                    cell.check_id
                ),
            }));
            let excluded = self.open.iter().filter_map(|cell| {
                let why = exclusions.of_cell(cell)?;
                Some(is_excluded(cell.asset_id, why))
            });
            refused.extend(excluded);
            plan_cells(&self.assets, &self.open, &checks)
        } else if let Some(again) = &wanted.again {
            plan_shards(&self.assets, &again.shards, &checks, &self.open)
        } else {
            plan_assets(&self.assets, &wanted.ports, &checks, &self.open)?
        };
        let spared = exclusions.spare(jobs, verifies);
        if !verifies {
            asset_ids.retain(|id| spared.assets.keys().all(|asset| asset.to_string() != *id));
            let whole = spared.assets.into_iter();
            refused.extend(whole.map(|(asset, why)| is_excluded(asset, why)));
        }
        Ok(Planned {
            jobs: spared.jobs,
            asset_ids: asset_ids.into_iter().collect(),
            refused,
        })
    }
}

/// What a run of this kind concludes: every check its policy allows; templates, which ask a web
/// server far more than that, in deep scans, and in a verify run whose exposure one of them found.
fn checks_of(wanted: &Wanted, templates: &TemplateChecks) -> Vec<CheckRef> {
    let own = catalogue()
        .into_iter()
        .filter(|check| check.policy <= wanted.policy)
        .map(Check::reference);
    let runs_templates = wanted.profile == Profile::Deep || wanted.kind == RunKind::Verify;
    let more = runs_templates.then(|| templates.references(wanted.policy));
    own.chain(more.into_iter().flatten()).collect()
}

/// That something of an asset is never scanned.
fn is_excluded(asset: AssetId, reason: String) -> scan::RefusedTarget {
    scan::RefusedTarget {
        asset_id: asset.to_string(),
        code: "asset.excluded".to_owned(),
        reason,
    }
}

/// That an asset may not be scanned now, and when it may.
fn closed(asset: &AuthorizedAsset, opens: Option<OffsetDateTime>) -> String {
    let at = opens.and_then(|at| at.format(&Rfc3339).ok());
    match at {
        Some(at) => format!(
            "{} may not be scanned now: its next window opens at {at}",
            asset.value
        ),
        None => format!(
            "{} may not be scanned: none of its windows opens",
            asset.value
        ),
    }
}
