//! Runs the engine without the fleet: a scan to JSON lines, or one probe by itself.
mod bare;
mod say;
mod templates;

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode, sync::Mutex, time::Duration};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use tokio_util::sync::CancellationToken;
use wt_engine::{
    Egress, Engine, EngineConfig, JobLimits, JobSpec, Progress, ResolverSetting, TargetSpec, Tool,
    ToolSetting, check::catalogue,
};
use wt_exposure::PortSet;
use wt_model::{AssetId, AssetKind, Policy, Profile, TypedId};
use wt_scope::{Network, Scope, normalise_asset, ports_of};

/// The scan engine, usable on its own.
#[derive(Debug, Parser)]
#[command(name = "watchtower-engine", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan targets you are allowed to scan, and print what was found.
    Run(Box<RunArgs>),
    /// Only sweep TCP ports of addresses.
    Ports(bare::PortsArgs),
    /// Only list the TLS versions and suites that one port accepts, and its chain.
    Tls(bare::TlsArgs),
    /// Only look at the page at `/` of one web server, as often as asked.
    Http(bare::HttpArgs),
    /// List the checks.
    Checks,
    /// Look at detection templates without a target.
    #[command(subcommand)]
    Templates(templates::TemplatesCommand),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Name, address or network; with templates also a URL or host and port. May be repeated.
    #[arg(long, required = true, num_args = 1..)]
    target: Vec<String>,
    #[command(flatten)]
    templates: templates::TemplateArgs,
    /// Ports, such as 22,80,8000-8100; the profile's when left out.
    #[arg(long)]
    ports: Option<PortSet>,
    /// Profile: `fast_recheck`, `baseline` or `deep`.
    #[arg(long, default_value = "baseline")]
    profile: Profile,
    /// Policy: `passive`, `safe` or `intrusive`.
    #[arg(long, default_value = "safe")]
    policy: Policy,
    /// Special network that may be reached (loopback, private); may be repeated.
    #[arg(long)]
    allow_network: Vec<Network>,
    /// Name server as address:port; those of /etc/resolv.conf when left out.
    #[arg(long)]
    resolver: Vec<std::net::SocketAddr>,
    /// Requests a second to one address; 0 for the engine's default.
    #[arg(long, default_value_t = 0)]
    rate: u32,
    /// Longest run, in seconds.
    #[arg(long, default_value_t = 600)]
    deadline_s: u64,
    /// Tool to run beside the engine, as `nmap=/usr/bin/nmap`; may be repeated.
    #[arg(long, value_parser = tool_of)]
    tool: Vec<(Tool, PathBuf)>,
    /// A firewall of yours keeps connections to the targets: tools but nmap need to know.
    #[arg(long, conflicts_with = "egress_namespace")]
    egress_confined: bool,
    /// Run each call of a tool in a network namespace of its own, which lets out what the call was
    /// given and nothing else (needs root, nft and ip).
    #[arg(long)]
    egress_namespace: bool,
    /// Print one JSON object per observation, denial and row of cells.
    #[arg(long)]
    jsonl: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => run(&args),
        Command::Ports(args) => bare::ports(&args),
        Command::Tls(args) => bare::tls(args),
        Command::Http(args) => bare::http(args),
        Command::Checks => checks(),
        Command::Templates(command) => templates::command(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("watchtower-engine: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `name=path` of a tool.
fn tool_of(text: &str) -> Result<(Tool, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("expected name=path")?;
    let tool = name.parse::<Tool>().map_err(|error| error.to_string())?;
    Ok((tool, PathBuf::from(path)))
}

fn checks() -> anyhow::Result<()> {
    for check in catalogue() {
        println!("{}", serde_json::to_string(&check.info())?);
    }
    Ok(())
}

fn run(args: &RunArgs) -> anyhow::Result<()> {
    if !args.templates.template.is_empty() {
        return templates::run(
            &args.templates,
            &templates::RunOf {
                targets: &args.target,
                allowed: &args.allow_network,
                resolver: resolver_of(args)?,
                rate: args.rate,
                policy: args.policy,
                deadline: Duration::from_secs(args.deadline_s),
                as_json: args.jsonl,
            },
        );
    }
    let job = job_of(args)?;
    let engine = Engine::new(EngineConfig {
        allowed: args.allow_network.clone(),
        tools: ToolSetting {
            paths: args.tool.iter().cloned().collect(),
            egress: match (args.egress_namespace, args.egress_confined) {
                (true, _) => Egress::Namespace,
                (false, true) => Egress::ConfinedOutside,
                (false, false) => Egress::Open,
            },
            nuclei_templates: None,
        },
        resolver: resolver_of(args)?,
        ..EngineConfig::default()
    })?;
    let planned = engine.plan(&job).cells();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let last = Mutex::new(String::new());
    let sink = |news: Progress| say::tell(&news, &last);
    let report = runtime.block_on(engine.run(&job, &sink, &CancellationToken::new()))?;
    if args.jsonl {
        say::jsonl(&report);
    } else {
        say::text(&report);
    }
    eprintln!("{planned} cells planned and settled");
    Ok(())
}

fn resolver_of(args: &RunArgs) -> anyhow::Result<ResolverSetting> {
    if !args.resolver.is_empty() {
        return Ok(ResolverSetting {
            servers: args.resolver.clone(),
            zone_port: None,
        });
    }
    let path = PathBuf::from("/etc/resolv.conf");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(ResolverSetting::from_resolv_conf(&text))
}

fn job_of(args: &RunArgs) -> anyhow::Result<JobSpec> {
    let ports = args.ports.clone().unwrap_or_else(|| ports_of(args.profile));
    let mut scope = Scope {
        ports: ports.clone(),
        ..Scope::default()
    };
    let mut targets = Vec::new();
    for (index, text) in args.target.iter().enumerate() {
        let (kind, value) = normalise_asset(None, text).with_context(|| text.clone())?;
        let asset_id = asset_number(index)?;
        let mut add = |host: String| {
            targets.push(TargetSpec {
                asset_id,
                host,
                ports: ports.clone(),
            });
        };
        if kind == AssetKind::Domain {
            scope.hosts.insert(value.parse()?);
            add(value);
        } else {
            let network: Network = value.parse()?;
            scope.networks.insert(network);
            network
                .addresses()
                .for_each(|address| add(address.to_string()));
        }
    }
    Ok(JobSpec {
        targets,
        checks: catalogue()
            .into_iter()
            .map(wt_engine::check::Check::reference)
            .collect(),
        scope,
        limits: JobLimits {
            requests_per_second: args.rate,
            deadline: Duration::from_secs(args.deadline_s),
            ..JobLimits::default()
        },
        known: BTreeSet::new(),
        only_known: false,
        strength: args.profile.strength(),
        policy: args.policy,
        tools: args.tool.iter().map(|(tool, _)| *tool).collect(),
    })
}

/// Assets have no identity here; they are numbered.
fn asset_number(index: usize) -> anyhow::Result<AssetId> {
    let number = u128::try_from(index).unwrap_or_default();
    format!("{}{:026}", AssetId::PREFIX, number)
        .parse()
        .context("too many targets")
}
