//! What the engine is asked to do: one job, already verified by the caller (contracts §3).
use std::{collections::BTreeSet, time::Duration};

use wt_exposure::{CheckRef, PortSet};
use wt_model::{AssetId, Policy};
use wt_scope::Scope;

use crate::Tool;

/// Longest job when nobody says otherwise: the time an operator waits before asking (deploy.md K6).
const DEADLINE_DEFAULT: Duration = Duration::from_mins(5);
/// Most bytes read of one response: pages are smaller, dumps need only their head.
const RESPONSE_BYTES_DEFAULT: u64 = 1 << 20;
/// Connections in flight to inspect services of one job.
const CONCURRENCY_DEFAULT: u32 = 32;

/// One host of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSpec {
    /// The asset it belongs to.
    pub asset_id: AssetId,
    /// Canonical name or address.
    pub host: String,
    /// Ports to look at.
    pub ports: PortSet,
}

/// A cell that is open now; its absence is probed twice so that it can mean FIXED.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownCell {
    /// The asset.
    pub asset_id: AssetId,
    /// Canonical name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Id of the check.
    pub check_id: String,
}

/// Bounds of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobLimits {
    /// Connections or requests a second to one address; 0 takes the engine's default.
    pub requests_per_second: u32,
    /// Connections in flight while inspecting services.
    pub concurrency: u32,
    /// Longest attempt; cells left over settle as skipped.
    pub deadline: Duration,
    /// Most bytes read from one response.
    pub response_bytes_max: u64,
}

impl Default for JobLimits {
    fn default() -> Self {
        Self {
            requests_per_second: 0,
            concurrency: CONCURRENCY_DEFAULT,
            deadline: DEADLINE_DEFAULT,
            response_bytes_max: RESPONSE_BYTES_DEFAULT,
        }
    }
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSpec {
    /// Hosts to look at.
    pub targets: Vec<TargetSpec>,
    /// Checks to conclude, with the digests they were planned with.
    pub checks: Vec<CheckRef>,
    /// What may be touched.
    pub scope: Scope,
    /// Bounds.
    pub limits: JobLimits,
    /// Cells open now.
    pub known: BTreeSet<KnownCell>,
    /// Plan exactly the known cells and nothing else (verify runs).
    pub only_known: bool,
    /// Effort recorded with every cell (`Profile::strength`).
    pub strength: u8,
    /// How intrusive probes may be.
    pub policy: Policy,
    /// Tools to run beside the engine, where the operator turned them on.
    pub tools: BTreeSet<Tool>,
}
