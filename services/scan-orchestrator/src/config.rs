//! Settings of this service.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_engine::{Tool, template::TemplateArgs};
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_model::Profile;
use wt_pg::PgArgs;
use wt_rpc::{RpcArgs, ServiceUrl};
use wt_telemetry::TelemetryArgs;

/// Plans runs, signs their jobs and keeps their state.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-scan-orchestrator", version)]
pub struct Config {
    /// The lifecycle's section.
    #[command(flatten)]
    pub lifecycle: LifecycleArgs,
    /// The telemetry section.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
    /// The gRPC door's section.
    #[command(flatten)]
    pub rpc: RpcArgs,
    /// The internal tokens' section.
    #[command(flatten)]
    pub internal: InternalArgs,
    /// The database's section.
    #[command(flatten)]
    pub pg: PgArgs,
    /// The bus's section.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Ed25519 private key (PKCS#8 PEM) that signs jobs
    #[arg(long, env = "WT_JOB_KEY_FILE", value_name = "PATH")]
    pub job_key: PathBuf,
    /// Where asset-registry answers gRPC
    #[arg(long, env = "WT_ASSET_REGISTRY_URL", value_name = "URL")]
    pub asset_registry_url: ServiceUrl,
    /// Where results answers gRPC
    #[arg(long, env = "WT_RESULTS_URL", value_name = "URL")]
    pub results_url: ServiceUrl,
    /// Where tenant answers gRPC: which runs may begin follows from who pays
    #[arg(long, env = "WT_TENANT_URL", value_name = "URL")]
    pub tenant_url: ServiceUrl,
    /// Tools that jobs of a profile name, as `deep=nmap+nuclei,baseline=nmap`; none by default.
    /// They run where a worker has them turned on
    #[arg(
        long,
        env = "WT_PROFILE_TOOLS",
        default_value = "",
        value_name = "PROFILE=TOOLS"
    )]
    pub profile_tools: ProfileTools,
    /// The templates of deep scans.
    #[command(flatten)]
    pub templates: TemplateArgs,
    /// When its background work happens.
    #[command(flatten)]
    pub rhythm: RhythmArgs,
}

/// Which tools the jobs of a profile name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileTools(BTreeMap<Profile, BTreeSet<Tool>>);

impl ProfileTools {
    /// The tools of a profile's jobs.
    pub(crate) fn of(&self, profile: Profile) -> impl Iterator<Item = Tool> + '_ {
        self.0.get(&profile).into_iter().flatten().copied()
    }
}

impl FromStr for ProfileTools {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = BTreeMap::new();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            let (profile, tools) = part
                .split_once('=')
                .ok_or_else(|| format!("{part:?}: expected profile=tool+tool"))?;
            let profile: Profile = profile
                .trim()
                .parse()
                .map_err(|error| format!("{part:?}: {error}"))?;
            let tools = tools
                .split('+')
                .map(|tool| tool.trim().parse().map_err(|e| format!("{tool:?}: {e}")))
                .collect::<Result<BTreeSet<Tool>, String>>()?;
            all.insert(profile, tools);
        }
        Ok(Self(all))
    }
}

/// When the background work happens: how late a deadline, a death or a loss is noticed.
#[derive(Debug, Clone, clap::Args)]
pub struct RhythmArgs {
    /// Milliseconds between two looks for runs past their deadline and for silent jobs
    #[arg(
        long,
        env = "WT_RECONCILE_MS",
        default_value_t = 5_000,
        value_name = "MS"
    )]
    pub reconcile_ms: u64,
    /// Milliseconds of silence after which a worker no longer holds its job: three missed
    /// heartbeats of five seconds, and well under the broker's redelivery of 30 s
    #[arg(long, env = "WT_LEASE_MS", default_value_t = 15_000, value_name = "MS")]
    pub lease_ms: u64,
    /// Milliseconds of silence after which a job is dispatched again, doubling each time: longer
    /// than the broker's redelivery of a job whose worker died (30 s), so that the two do not race
    #[arg(
        long,
        env = "WT_SILENCE_MS",
        default_value_t = 60_000,
        value_name = "MS"
    )]
    pub silence_ms: u64,
    /// Milliseconds between two writes of what workers said about their progress
    #[arg(
        long,
        env = "WT_PROGRESS_MS",
        default_value_t = 1_000,
        value_name = "MS"
    )]
    pub progress_ms: u64,
}

/// Longest of these times: a day is a mistake in the unit.
const RHYTHM_MS_MAX: u64 = 60 * 60 * 1_000;

impl RhythmArgs {
    /// Between two looks of the reconcilers.
    pub(crate) fn reconcile(&self) -> Duration {
        Duration::from_millis(self.reconcile_ms)
    }

    /// Between two writes of progress.
    pub(crate) fn progress(&self) -> Duration {
        Duration::from_millis(self.progress_ms)
    }

    /// The lease in seconds, as the database counts.
    pub(crate) fn lease_seconds(&self) -> f64 {
        Duration::from_millis(self.lease_ms).as_secs_f64()
    }

    /// The silence in seconds, as the database counts.
    pub(crate) fn silence_seconds(&self) -> f64 {
        Duration::from_millis(self.silence_ms).as_secs_f64()
    }

    fn validate(&self) -> Result<(), String> {
        for (name, ms) in [
            ("WT_RECONCILE_MS", self.reconcile_ms),
            ("WT_LEASE_MS", self.lease_ms),
            ("WT_SILENCE_MS", self.silence_ms),
            ("WT_PROGRESS_MS", self.progress_ms),
        ] {
            if !(1..=RHYTHM_MS_MAX).contains(&ms) {
                return Err(format!(
                    "{name}: expected 1 to {RHYTHM_MS_MAX} milliseconds"
                ));
            }
        }
        Ok(())
    }
}

impl Settings for Config {
    fn lifecycle(&self) -> &LifecycleArgs {
        &self.lifecycle
    }

    fn telemetry(&self) -> &TelemetryArgs {
        &self.telemetry
    }

    fn validate(&self) -> Result<(), String> {
        self.rhythm.validate()
    }
}

#[cfg(test)]
mod tests {
    use wt_engine::Tool;
    use wt_model::Profile;

    use super::ProfileTools;

    #[test]
    fn tools_are_named_by_profile() {
        let tools: ProfileTools = "deep=nmap+nuclei, baseline=nmap".parse().unwrap();
        let deep: Vec<Tool> = tools.of(Profile::Deep).collect();
        assert_eq!(deep, [Tool::Nmap, Tool::Nuclei]);
        assert_eq!(tools.of(Profile::Baseline).count(), 1);
        assert_eq!(tools.of(Profile::Verify).count(), 0);
        assert_eq!("".parse(), Ok(ProfileTools::default()));
        for wrong in ["deep", "often=nmap", "deep=metasploit", "deep="] {
            assert!(wrong.parse::<ProfileTools>().is_err(), "{wrong}");
        }
    }
}
