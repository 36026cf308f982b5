//! One probe by itself: a port sweep, a TLS server's suites, a page. For people, and for benches.
use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use clap::Args;
use wt_engine::{
    ABOUT_URL, PageLook, PageQuestion, TlsQuestion, inspect_tls, look_at_pages, sweep_ports,
    user_agent,
};
use wt_exposure::PortSet;
use wt_scope::{Network, Scope};

#[derive(Debug, Args)]
pub(crate) struct PortsArgs {
    /// One address, or a network of at most 4,096.
    #[arg(long)]
    target: Network,
    /// Ports.
    #[arg(long, default_value = "1-65535")]
    ports: PortSet,
    /// Special network that may be reached; may be repeated.
    #[arg(long)]
    allow_network: Vec<Network>,
    /// Most sockets in flight.
    #[arg(long, default_value_t = 4096)]
    in_flight: usize,
    /// Patience with silence, in milliseconds.
    #[arg(long, default_value_t = 1300)]
    patience_ms: u64,
}

#[derive(Debug, Args)]
pub(crate) struct TlsArgs {
    /// One address.
    #[arg(long)]
    target: IpAddr,
    /// Its port.
    #[arg(long, default_value_t = 443)]
    port: u16,
    /// Name to ask for; none when left out.
    #[arg(long)]
    server_name: Option<wt_scope::Host>,
    /// Special network that may be reached; may be repeated.
    #[arg(long)]
    allow_network: Vec<Network>,
    /// Patience with one answer, in milliseconds.
    #[arg(long, default_value_t = 3_000)]
    patience_ms: u64,
}

#[derive(Debug, Args)]
pub(crate) struct HttpArgs {
    /// One address.
    #[arg(long)]
    target: IpAddr,
    /// Its port.
    #[arg(long, default_value_t = 80)]
    port: u16,
    /// How often the page is asked for, each time on a connection of its own.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Requests in flight.
    #[arg(long, default_value_t = 32)]
    in_flight: usize,
    /// Special network that may be reached; may be repeated.
    #[arg(long)]
    allow_network: Vec<Network>,
    /// Patience with one answer, in milliseconds.
    #[arg(long, default_value_t = 5_000)]
    patience_ms: u64,
}

/// Most bytes read of a page, as in a scan.
const BODY_BYTES_MAX: u64 = 1 << 20;
/// Most addresses of one bare sweep.
const ADDRESSES_MAX: usize = 4_096;

pub(crate) fn ports(args: &PortsArgs) -> anyhow::Result<()> {
    let addresses: Vec<IpAddr> = args.target.addresses().take(ADDRESSES_MAX + 1).collect();
    anyhow::ensure!(
        addresses.len() <= ADDRESSES_MAX,
        "{} has more than {ADDRESSES_MAX} addresses",
        args.target
    );
    let scope = Scope {
        networks: BTreeSet::from([args.target]),
        ports: args.ports.clone(),
        ..Scope::default()
    };
    let started = Instant::now();
    let reports = sweep_ports(
        scope,
        args.allow_network.clone(),
        &addresses,
        args.in_flight,
        Duration::from_millis(args.patience_ms),
    );
    for (address, report) in addresses.iter().zip(reports) {
        println!(
            "{}",
            serde_json::json!({
                "target": address,
                "open": report.open.to_string(),
                "open_count": report.open.len(),
                "closed_count": report.closed.len(),
                "silent_count": report.silent.len(),
                "seconds": started.elapsed().as_secs_f64(),
            })
        );
    }
    Ok(())
}

pub(crate) fn tls(args: TlsArgs) -> anyhow::Result<()> {
    let mut scope = Scope {
        networks: BTreeSet::from([Network::single(args.target)]),
        ports: std::iter::once(args.port).collect(),
        ..Scope::default()
    };
    let host = match args.server_name {
        Some(name) => {
            let host = name.as_str().to_owned();
            scope.hosts.insert(name);
            host
        }
        None => args.target.to_string(),
    };
    let question = TlsQuestion {
        scope,
        allowed: args.allow_network,
        host,
        address: args.target,
        port: args.port,
        patience: Duration::from_millis(args.patience_ms),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(inspect_tls(question))?;
    let suites: serde_json::Map<String, serde_json::Value> = report
        .suites
        .iter()
        .map(|(version, suites)| {
            let names: Vec<String> = suites.iter().map(|s| format!("0x{s:04x}")).collect();
            ((*version).to_owned(), names.into())
        })
        .collect();
    println!(
        "{}",
        serde_json::json!({
            "target": args.target,
            "port": args.port,
            "suites": suites,
            "undecided": report
                .undecided
                .iter()
                .map(|(version, why)| (*version, why.as_str()))
                .collect::<std::collections::BTreeMap<_, _>>(),
            "chain": report.chain,
            "connections": report.connections,
        })
    );
    Ok(())
}

/// Prints what the page shows, and how long all looks took: those that failed, and those that
/// showed something else than the first, are counted.
pub(crate) fn http(args: HttpArgs) -> anyhow::Result<()> {
    let scope = Scope {
        networks: BTreeSet::from([Network::single(args.target)]),
        ports: std::iter::once(args.port).collect(),
        ..Scope::default()
    };
    let place = SocketAddr::new(args.target, args.port);
    let question = PageQuestion {
        scope,
        allowed: args.allow_network,
        places: vec![place; usize::try_from(args.count)?],
        at_once: args.in_flight,
        patience: Duration::from_millis(args.patience_ms),
        user_agent: user_agent(ABOUT_URL),
        body_max: BODY_BYTES_MAX,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let started = Instant::now();
    let (mut shown, mut failed, mut others) = (None::<PageLook>, 0_u32, 0_u32);
    runtime.block_on(look_at_pages(question, |_, looked| match looked {
        Err(_) => failed += 1,
        Ok(look) => others += u32::from(look != *shown.get_or_insert_with(|| look.clone())),
    }));
    let look = shown.as_ref();
    println!(
        "{}",
        serde_json::json!({
            "target": args.target,
            "port": args.port,
            "status": look.map(|look| look.status),
            "title": look.map(|look| &look.title),
            "technologies": look.map(|look| &look.technologies),
            "sha256": look.map(|look| &look.sha256),
            "looks": args.count,
            "failed": failed,
            "others": others,
            "seconds": started.elapsed().as_secs_f64(),
        })
    );
    Ok(())
}
