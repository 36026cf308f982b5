//! One job from start to report.
use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wt_exposure::JobReport;
use wt_fault::{Fault, Kind};
use wt_scope::Network;
use wt_throttle::Throttle;

use crate::{
    JobSpec, ProgressSink, ResolverSetting, ToolSetting,
    adapter::Tools,
    cells::{self, Plan},
    guard::{Guard, GuardSetting, Lines, Names},
    template::TemplateChecks,
};

/// Sockets in flight of one sweep: 97 % silent networks are swept ten times as fast as with 400,
/// and it stays within common limits on open files.
const SWEEP_IN_FLIGHT_DEFAULT: usize = 4_096;
/// Patience with a TCP handshake; must exceed the kernel's SYN retransmission after 1 s.
const CONNECT_TIMEOUT_DEFAULT: Duration = Duration::from_millis(1_300);
/// Patience with one answer of a service.
const ANSWER_TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);
/// Connections a second to one address: a full sweep in minutes, and a small server stays well.
const REQUESTS_PER_SECOND_DEFAULT: u32 = 500;
/// Where the project says what its scans are; an operator names a page of their own.
pub const ABOUT_URL: &str = "https://watchtower.example/about-our-scans";

/// How the engine of one process works; the same for all its jobs.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Special address ranges the operator opened; none by default.
    pub allowed: Vec<Network>,
    /// Name servers.
    pub resolver: ResolverSetting,
    /// Most sockets in flight of one sweep.
    pub sweep_in_flight_max: usize,
    /// Patience with a TCP handshake.
    pub connect_timeout: Duration,
    /// Patience with one answer of a service.
    pub answer_timeout: Duration,
    /// Connections a second to one address, for jobs that do not say; 0 for no pace. No second
    /// ever holds more, over all jobs of this process and of those it shares its pace with.
    pub requests_per_second: u32,
    /// A pace shared with other processes, so that two workers on one target are no faster than
    /// one. While it is away nothing is sent. Without one, the pace is this process's own.
    pub shared_pace: Option<Throttle>,
    /// What web servers are told: who asks, and where to read why and how to make it stop.
    pub user_agent: String,
    /// Tools of others that jobs may name; none by default.
    pub tools: ToolSetting,
    /// Templates that jobs may name as checks; none by default.
    pub templates: Arc<TemplateChecks>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            allowed: Vec::new(),
            resolver: ResolverSetting::default(),
            sweep_in_flight_max: SWEEP_IN_FLIGHT_DEFAULT,
            connect_timeout: CONNECT_TIMEOUT_DEFAULT,
            answer_timeout: ANSWER_TIMEOUT_DEFAULT,
            requests_per_second: REQUESTS_PER_SECOND_DEFAULT,
            shared_pace: None,
            user_agent: user_agent(ABOUT_URL),
            tools: ToolSetting::default(),
            templates: Arc::default(),
        }
    }
}

/// What web servers are told: the engine, its version, and a page that says who scans and how to
/// opt out.
pub fn user_agent(about_url: &str) -> String {
    format!(
        "{}/{} (security scan; +{about_url})",
        crate::ENGINE_NAME,
        crate::ENGINE_VERSION
    )
}

/// Runs jobs; cheap to share.
#[derive(Debug, Clone)]
pub struct Engine {
    config: EngineConfig,
    lines: Lines,
    tls: Arc<ClientConfig>,
    tools: Arc<Tools>,
}

/// Why an engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The TLS library refused its settings.
    #[error("the engine's tls settings are not usable")]
    Tls(#[source] rustls::Error),
}

impl Fault for StartFault {
    fn kind(&self) -> Kind {
        Kind::Internal
    }

    fn code(&self) -> &str {
        "engine.tls_settings"
    }
}

/// Why a job ended without a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineFault {
    /// The caller cancelled.
    #[error("the job was cancelled")]
    Cancelled,
    /// Fewer or more cells settled than were planned: a bug, and such a report must not leave.
    #[error("{settled} cells settled where {planned} were planned")]
    Accounting {
        /// Cells planned.
        planned: u64,
        /// Cells settled.
        settled: u64,
    },
    /// A task of the engine died.
    #[error("a part of the engine stopped unexpectedly")]
    Task,
}

impl Fault for EngineFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Cancelled => Kind::Cancelled,
            Self::Accounting { .. } | Self::Task => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Cancelled => "engine.cancelled",
            Self::Accounting { .. } => "engine.accounting",
            Self::Task => "engine.task_stopped",
        }
    }
}

impl Engine {
    /// An engine with these settings. Where tools get namespaces it tries at once to make one, and
    /// waits for that, a fraction of a second.
    pub fn new(config: EngineConfig) -> Result<Self, StartFault> {
        let tls = crate::probe::any_certificate_config().map_err(StartFault::Tls)?;
        let lines = match &config.shared_pace {
            Some(throttle) => Lines::Shared(throttle.clone()),
            None => Lines::Own(Arc::default()),
        };
        let tools = Arc::new(Tools::start(config.tools.clone()));
        Ok(Self {
            config,
            lines,
            tls,
            tools,
        })
    }

    /// The cells of a job.
    pub fn plan(&self, job: &JobSpec) -> Plan {
        cells::plan(job)
    }

    /// Runs a job to its report. Cells that the deadline leaves over settle as skipped; a cancel
    /// ends the job without report within a few hundred milliseconds.
    pub async fn run(
        &self,
        job: &JobSpec,
        sink: &dyn ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<JobReport, EngineFault> {
        let plan = cells::plan(job);
        // Nobody keeps its units: one sweep over everything waits least.
        let work = self.begin(job, &plan, plan.hosts.len(), sink, cancel);
        work.finish().await
    }

    pub(crate) fn config(&self) -> &EngineConfig {
        &self.config
    }

    pub(crate) fn tools(&self) -> &Tools {
        &self.tools
    }

    pub(crate) fn tls(&self) -> &Arc<ClientConfig> {
        &self.tls
    }

    pub(crate) fn guard_for(&self, job: &JobSpec) -> Guard {
        let per_second = match job.limits.requests_per_second {
            0 => self.config.requests_per_second,
            asked => asked,
        };
        Guard::new(
            GuardSetting {
                scope: job.scope.clone(),
                allowed: self.config.allowed.clone(),
                per_second,
                connect_timeout: self.config.connect_timeout,
                lines: self.lines.clone(),
            },
            Names::new(&self.config.resolver),
        )
    }

    pub(crate) fn deadline_of(job: &JobSpec) -> Instant {
        Instant::now() + job.limits.deadline
    }
}
