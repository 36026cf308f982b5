//! The scan engine: plan cells, probe through the scope guard, settle.
//!
//! Usable without the fleet (see the `watchtower-engine` binary). One run is: plan the coverage
//! cells (pure), sweep ports, inspect what answered, judge it by the checks of the job, settle
//! each planned cell exactly once (contracts §4).
//!
//! **Invariant**: only `guard` opens sockets, each after [`wt_scope::Scope::permits`] said yes for
//! the very address it connects to. **Boundary**: probes gather facts and never judge; checks
//! judge facts and never touch the network.

mod adapter;
pub mod cells;
pub mod check;
mod engine;
pub mod foreign;
mod guard;
mod host;
mod job;
mod naming;
mod probe;
mod progress;
mod run;
mod sweeping;
pub mod template;
mod text;
mod work;

pub use adapter::{Egress, InvalidEgress, InvalidTool, Tool, ToolSetting};
pub use engine::{ABOUT_URL, Engine, EngineConfig, EngineFault, StartFault, user_agent};
pub use guard::{ResolverSetting, SweepReport, sweep_ports};
pub use job::{JobLimits, JobSpec, KnownCell, TargetSpec};
pub use probe::{PageLook, PageQuestion, TlsQuestion, TlsReport, inspect_tls, look_at_pages};
pub use progress::{LogLevel, Progress, ProgressSink, Silent, Stage};
pub use work::{HOSTS_PER_UNIT, SettledUnit, Work};

/// Name under which results are reported (contracts §4).
pub const ENGINE_NAME: &str = "watchtower-engine";
/// Version under which results are reported.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
