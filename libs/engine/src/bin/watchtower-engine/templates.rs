//! Template sets on the command line: check, sign, run.
use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use tokio_util::sync::CancellationToken;
use wt_engine::{
    ResolverSetting,
    template::{
        InteractionSetting, Interactions, TemplateMatch, TemplateReport, TemplateRunner,
        TemplateSet, TemplateSetting,
    },
};
use wt_envelope::{SigningKey, TrustedKeys, VerifyingKey};
use wt_model::Policy;
use wt_scope::{Network, Scope, parse_address};

/// What can be done with a set without a target.
#[derive(Debug, Subcommand)]
pub(crate) enum TemplatesCommand {
    /// Say how much of a folder runs, and why the rest does not.
    Check(CheckArgs),
    /// Sign a folder: writes watchtower-manifest.json into it.
    Sign(SignArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The folder, or one file.
    dir: PathBuf,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Public key (PEM); the folder's manifest has to be signed by it. May be repeated.
    #[arg(long)]
    trust: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The folder.
    dir: PathBuf,
    /// Ed25519 private key (PKCS#8 PEM).
    #[arg(long)]
    key: PathBuf,
}

/// How `run` runs templates.
#[derive(Debug, Args)]
pub(crate) struct TemplateArgs {
    /// Run detection templates of this file or folder instead of the checks, or our own with the
    /// word `builtin`; may be repeated.
    #[arg(long)]
    pub(crate) template: Vec<PathBuf>,
    /// Public key (PEM) that has to have signed the folders' manifests; may be repeated.
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// Value for a name that templates leave to the operator, as name=value; may be repeated.
    #[arg(long = "var")]
    values: Vec<String>,
    /// Listen here for targets that come because of a template, as address:port; without it,
    /// templates that need that are left out.
    #[arg(long)]
    oast_http: Option<std::net::SocketAddr>,
    /// Listen here for questions of name servers, when --oast-domain is delegated here.
    #[arg(long, requires = "oast_http")]
    oast_dns: Option<std::net::SocketAddr>,
    /// Domain whose names lead here; without it, the address itself is used.
    #[arg(long, requires = "oast_http")]
    oast_domain: Option<String>,
    /// How long a target has to come, in milliseconds.
    #[arg(long, default_value_t = 3_000)]
    oast_grace_ms: u64,
    /// Templates at work at once.
    #[arg(long, default_value_t = 25)]
    at_once: usize,
    /// Patience with one answer, in milliseconds.
    #[arg(long, default_value_t = 10_000)]
    answer_timeout_ms: u64,
}

/// What `run` knows besides.
pub(crate) struct RunOf<'a> {
    pub(crate) targets: &'a [String],
    pub(crate) allowed: &'a [Network],
    pub(crate) resolver: ResolverSetting,
    pub(crate) rate: u32,
    pub(crate) policy: Policy,
    pub(crate) deadline: Duration,
    pub(crate) as_json: bool,
}

pub(crate) fn command(command: &TemplatesCommand) -> anyhow::Result<()> {
    match command {
        TemplatesCommand::Check(args) => check(args),
        TemplatesCommand::Sign(args) => sign(args),
    }
}

fn keys_of(paths: &[PathBuf]) -> anyhow::Result<Option<TrustedKeys>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let keys: Vec<VerifyingKey> = paths
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            VerifyingKey::from_spki_pem(&text).with_context(|| path.display().to_string())
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Some(keys.into_iter().collect()))
}

/// The word that stands for our own templates where a folder may stand.
const BUILTIN: &str = "builtin";

fn open(path: &Path, keys: Option<&TrustedKeys>) -> anyhow::Result<TemplateSet> {
    if path == Path::new(BUILTIN) {
        return Ok(TemplateSet::builtin());
    }
    TemplateSet::open(path, keys).with_context(|| path.display().to_string())
}

fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let set = open(&args.dir, keys_of(&args.trust)?.as_ref())?;
    if args.json {
        println!("{}", set.summary());
        return Ok(());
    }
    let summary = set.summary();
    println!(
        "{} of {} templates run",
        summary["loaded"], summary["total"]
    );
    if let Some(protocols) = summary["by_protocol"].as_object() {
        for (protocol, count) in protocols {
            println!("  {protocol:<12} {} of {}", count["loaded"], count["total"]);
        }
    }
    for (path, why) in &set.refused {
        println!("{path}: {why}");
    }
    println!("set {}", set.digest);
    Ok(())
}

fn sign(args: &SignArgs) -> anyhow::Result<()> {
    let text =
        std::fs::read_to_string(&args.key).with_context(|| args.key.display().to_string())?;
    let key = SigningKey::from_pkcs8_pem(&text)?;
    let manifest = TemplateSet::manifest_of(&args.dir)?;
    let path = args.dir.join("watchtower-manifest.json");
    std::fs::write(&path, manifest.sign(&key)).with_context(|| path.display().to_string())?;
    println!("{} files, set {}", manifest.files.len(), manifest.digest());
    Ok(())
}

pub(crate) fn run(args: &TemplateArgs, of: &RunOf<'_>) -> anyhow::Result<()> {
    let keys = keys_of(&args.trust)?;
    let (scope, mut allowed) = scope_of(of.targets)?;
    allowed.extend(of.allowed.iter().copied());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let interactions = match args.oast_http {
        Some(http) => {
            let setting = InteractionSetting {
                http,
                dns: args.oast_dns,
                domain: args.oast_domain.clone(),
                grace: Duration::from_millis(args.oast_grace_ms),
            };
            Some(Arc::new(runtime.block_on(Interactions::listen(&setting))?))
        }
        None => None,
    };
    let setting = TemplateSetting {
        interactions,
        scope,
        allowed,
        resolver: of.resolver.clone(),
        requests_per_second: of.rate,
        connect_timeout: Duration::from_secs(3),
        answer_timeout: Duration::from_millis(args.answer_timeout_ms),
        user_agent: wt_engine::user_agent(wt_engine::ABOUT_URL),
        at_once: args.at_once,
        policy: of.policy,
        values: args
            .values
            .iter()
            .map(|pair| pair_of(pair))
            .collect::<anyhow::Result<_>>()?,
        seed: rand::random(),
    };
    let runner = TemplateRunner::new()?;
    for path in &args.template {
        let set = open(path, keys.as_ref())?;
        for (path, why) in &set.refused {
            eprintln!("{path}: {why}");
        }
        let cancel = CancellationToken::new();
        let out = Mutex::new(std::io::stdout());
        let sink = |found: TemplateMatch| show(&found, of.as_json, &out);
        let work = runner.run(&set, of.targets, &setting, &sink, &cancel);
        let report = runtime.block_on(async { tokio::time::timeout(of.deadline, work).await.ok() });
        match report {
            Some(report) => tell(&report),
            None => bail!("the deadline passed before every template had run"),
        }
    }
    Ok(())
}

fn show(found: &TemplateMatch, as_json: bool, out: &Mutex<std::io::Stdout>) {
    let line = if as_json {
        serde_json::to_string(found).unwrap_or_default()
    } else {
        let results = found.extracted_results.join(", ");
        format!(
            "{:<8} {} {} {} {results}",
            found.info.severity, found.matched_at, found.template_id, found.matcher_name
        )
    };
    let mut out = out
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    // A reader that went away ends the output, not the run.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn tell(report: &TemplateReport) {
    for line in report.left_out.iter().chain(&report.denials) {
        eprintln!("{line}");
    }
    eprintln!(
        "{} requests sent, {} shared, {} answers not looked at twice",
        report.requests, report.shared, report.prefiltered
    );
}

fn pair_of(pair: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = pair
        .split_once('=')
        .with_context(|| format!("{pair} is not name=value"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Exactly the targets. Who names an address here has opened it; a name that leads to a special
/// address still needs `--allow-network`.
fn scope_of(targets: &[String]) -> anyhow::Result<(Scope, Vec<Network>)> {
    let (mut scope, mut allowed, mut ports) = (Scope::default(), Vec::new(), BTreeSet::new());
    for text in targets {
        let url = if text.contains("://") {
            text.clone()
        } else {
            format!("http://{text}")
        };
        let target =
            wt_template::TargetUrl::new(&url).with_context(|| format!("{text} is no target"))?;
        match parse_address(&target.host) {
            Ok(address) => {
                scope.networks.insert(Network::single(address));
                allowed.push(Network::single(address));
            }
            Err(_) => {
                scope
                    .hosts
                    .insert(target.host.parse().with_context(|| text.clone())?);
            }
        }
        if text.contains("://") || target.port.is_some() {
            ports.insert(TargetPort::One(if text.contains("://") {
                target.port_or_default()
            } else {
                target.port.unwrap_or_default()
            }));
        } else {
            ports.insert(TargetPort::All);
        }
    }
    scope.ports = if ports.contains(&TargetPort::All) {
        (1..=u16::MAX).collect()
    } else {
        ports
            .into_iter()
            .filter_map(|port| match port {
                TargetPort::One(port) => Some(port),
                TargetPort::All => None,
            })
            .collect()
    };
    Ok((scope, allowed))
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TargetPort {
    One(u16),
    /// A host without a port stands for all of them.
    All,
}
