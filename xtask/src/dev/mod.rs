//! A private fleet on this machine: `make up` and `make down`.
mod build;
mod state;

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, bail};
use wt_testkit::fleet::{
    DATABASE, Fleet, Member, Nats, Peers, Postgres, Process, Redis, SERVICES, Settings, free_ports,
    postgres_binaries,
};

pub(crate) use self::{
    build::{build, npm, web},
    state::{Lock, State},
};
use crate::{
    install::{self, Need},
    workspace::Workspace,
};

/// Where the gateway listens if nobody else does: the same address after every start.
const GATEWAY_PORT: u16 = 8480;
/// How long the mail sink may take to listen.
const SINK_PATIENCE: Duration = Duration::from_secs(30);

/// What a fleet for development may touch besides the public internet, and where it looks names
/// up. The demo scans this machine; `make up` alone does not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// Folder of everything that is started.
    pub(crate) folder: PathBuf,
    /// Reserved networks that may be scanned.
    pub(crate) allow_networks: Vec<String>,
    /// Resolver as `address:port`.
    pub(crate) resolver: Option<String>,
    /// Ports a proof by file is looked for on; none for the standard one.
    pub(crate) http_file_ports: Vec<u16>,
    /// Folder of the binaries; none for the debug build.
    pub(crate) binaries: Option<PathBuf>,
    /// Log filter; none for the environment's or `info`.
    pub(crate) log_filter: Option<String>,
    /// More variables for every service.
    pub(crate) extra: Vec<(String, String)>,
}

/// What plans cost where it is shown, in the demo and to the browser's journeys: made up, nothing
/// is sold on one machine.
pub(crate) fn example_prices() -> Vec<(String, String)> {
    [
        ("WT_TEAM_PRICE", "49 EUR/month,490 EUR/year"),
        ("WT_BUSINESS_PRICE", "249 EUR/month,2490 EUR/year"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// `make up`.
pub(crate) async fn up(workspace: &Workspace) -> Result<ExitCode> {
    let plan = Plan {
        folder: workspace.target("dev"),
        ..Plan::default()
    };
    let _lock = Lock::take(&plan.folder)?;
    prepare(workspace)?;
    let mut state = State::read(&plan.folder);
    if state.is_complete() && !binaries_changed(workspace, &plan.folder) {
        println!("already running");
    } else {
        state.stop(&plan.folder).await?;
        start(workspace, &plan, &mut state).await?;
    }
    println!("\n{}\n{}", state.table(workspace), state.public_url);
    Ok(ExitCode::SUCCESS)
}

/// `make down`.
pub(crate) async fn down(workspace: &Workspace) -> Result<ExitCode> {
    let mut stopped = 0;
    // A demo that stays up is stopped like a fleet that was started for development.
    for folder in ["dev", "demo"].map(|name| workspace.target(name)) {
        let _lock = Lock::take(&folder)?;
        stopped += State::read(&folder).stop(&folder).await?;
    }
    println!("stopped {stopped} processes");
    Ok(ExitCode::SUCCESS)
}

/// Installs what is missing and builds everything.
pub(crate) fn prepare(workspace: &Workspace) -> Result<()> {
    let mut needs = vec![];
    if env::var_os("DATABASE_URL").is_none() {
        needs.push(Need::Postgres);
    }
    if env::var_os("NATS_URL").is_none() {
        needs.push(Need::Nats);
    }
    if env::var_os("REDIS_URL").is_none() {
        needs.push(Need::Redis);
    }
    install::ensure(workspace, &needs)?;
    build(workspace)
}

/// Stops what still runs in `folder` and forgets what it stored: the next start is the first.
pub(crate) async fn clear(folder: &Path, state: &mut State) -> Result<()> {
    state.stop(folder).await?;
    for old in ["postgres", "nats", "artifacts", "mail"] {
        match fs::remove_dir_all(folder.join(old)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Starts peers, mail sink and fleet; whatever was started is in `state`, also when this fails.
pub(crate) async fn start(workspace: &Workspace, plan: &Plan, state: &mut State) -> Result<Peers> {
    let result = start_all(workspace, plan, state).await;
    if result.is_err() {
        state.stop(&plan.folder).await?;
    }
    result
}

async fn start_all(workspace: &Workspace, plan: &Plan, state: &mut State) -> Result<Peers> {
    let folder = &plan.folder;
    let logs = folder.join("logs");
    fs::create_dir_all(&logs)?;
    let peers = start_peers(workspace, folder, &logs, state).await?;
    let smtp_url = start_mail_sink(workspace, folder, &logs, state).await?;
    let binaries = plan.binaries.clone();
    let settings = Settings {
        folder: folder.clone(),
        binaries: binaries.unwrap_or_else(|| workspace.target("debug")),
        migrations: workspace.path("migrations"),
        peers: peers.clone(),
        smtp_url,
        allow_networks: plan.allow_networks.clone(),
        resolver: plan.resolver.clone(),
        http_file_ports: plan.http_file_ports.clone(),
        otlp_endpoint: env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok(),
        log_filter: plan
            .log_filter
            .clone()
            .or_else(|| env::var("WT_LOG").ok())
            .unwrap_or_else(|| "info".to_owned()),
        gateway_port: GATEWAY_PORT,
        workers: 1,
        extra: plan.extra.clone(),
    };
    let note = |member: &Member| state.add(folder, member.process.clone(), &member.url);
    let fleet = Fleet::start_noting(settings, note).await?;
    state.gateway_url = fleet.gateway_url();
    state.public_url = fleet.public_url();
    state.write(folder)?;
    Ok(peers)
}

/// Starts the servers the fleet stands on, except those the environment names.
async fn start_peers(
    workspace: &Workspace,
    folder: &Path,
    logs: &Path,
    state: &mut State,
) -> Result<Peers> {
    let given = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let database_url = if let Some(url) = given("DATABASE_URL") {
        url
    } else {
        let binaries = postgres_binaries()?;
        let postgres = Postgres::prepare(&binaries, &folder.join("postgres"), true)?;
        let process = postgres.start(&logs.join("postgres.log")).await?;
        state.add(folder, process, &postgres.address())?;
        postgres.create_database(DATABASE).await?;
        postgres.url(DATABASE)
    };
    let nats_url = if let Some(url) = given("NATS_URL") {
        url
    } else {
        let nats = Nats::prepare(&install::nats_server(workspace)?, &folder.join("nats"))?;
        let process = nats.start(&logs.join("nats.log")).await?;
        state.add(folder, process, &nats.url())?;
        nats.url()
    };
    let redis_url = if let Some(url) = given("REDIS_URL") {
        url
    } else {
        let redis = Redis::prepare(&folder.join("redis"))?;
        let process = redis.start(&logs.join("redis.log")).await?;
        state.add(folder, process, &redis.url())?;
        redis.url()
    };
    let artifacts = folder.join("artifacts");
    fs::create_dir_all(&artifacts)?;
    Ok(Peers {
        database_url,
        role_password: role_password(folder)?,
        nats_url,
        redis_url,
        artifacts_url: given("ARTIFACTS_URL")
            .unwrap_or_else(|| format!("file://{}", artifacts.display())),
    })
}

/// Starts a mail server that keeps every mail as a file below `folder`.
async fn start_mail_sink(
    workspace: &Workspace,
    folder: &Path,
    logs: &Path,
    state: &mut State,
) -> Result<String> {
    let mail = folder.join("mail");
    fs::create_dir_all(&mail)?;
    let port = free_ports(1)?.first().copied().context("no free port")?;
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new(workspace.binary("wt-xtask"));
    command.args(["mail-sink", "--listen", &address, "--folder"]);
    let process = Process::spawn("mail-sink", command.arg(&mail), &logs.join("mail-sink.log"))?;
    let url = format!("smtp://{address}");
    state.add(folder, process.clone(), &url)?;
    if !process.listens_within(&address, SINK_PATIENCE).await {
        bail!("the mail sink does not start:\n{}", process.last_words());
    }
    Ok(url)
}

/// Password of the services' roles, made once.
fn role_password(folder: &Path) -> Result<String> {
    let file = folder.join("roles.password");
    if let Ok(text) = fs::read_to_string(&file) {
        return Ok(text);
    }
    let text = fs::read_to_string("/proc/sys/kernel/random/uuid")
        .context("this system gives no random numbers")?
        .trim()
        .replace('-', "");
    fs::write(&file, &text)?;
    Ok(text)
}

/// Whether a service was built after the fleet started.
fn binaries_changed(workspace: &Workspace, folder: &Path) -> bool {
    let modified = |path: PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
    let started = modified(folder.join("state.json")).unwrap_or(SystemTime::UNIX_EPOCH);
    SERVICES.iter().any(|service| {
        let binary = workspace.binary(&format!("wt-{}", service.name));
        modified(binary).is_none_or(|built| built > started)
    })
}
