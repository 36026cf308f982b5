//! Starts the zoo of odd servers, or a name server, and says where they listen.
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use wt_targets::{
    CertificateSpec, DnsAnswer, Page, Site, Target, answers_of_file, serve_dns, serve_endless_body,
    serve_greeting, serve_http, serve_https, serve_mute, serve_names, serve_reset, serve_tarpit,
};

/// Small real servers to scan.
#[derive(Debug, Parser)]
#[command(name = "wt-targets", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start one server of each kind on free ports; prints `name address` lines, then `ready`.
    Zoo {
        /// Loopback address to listen on.
        #[arg(long, default_value = "127.0.0.41")]
        address: IpAddr,
    },
    /// Answer DNS questions over UDP; prints the address, then `ready`.
    Dns {
        /// Address and port; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// `name=address`, or `name=txt:text`; may be repeated.
        #[arg(long)]
        record: Vec<String>,
        /// File of `name TYPE value` lines, read for each question; instead of records.
        #[arg(long, conflicts_with = "record")]
        zone_file: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match start(Cli::parse().command).await {
        Ok(targets) => {
            println!("ready");
            let _ = tokio::signal::ctrl_c().await;
            drop(targets);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("wt-targets: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn start(command: Command) -> anyhow::Result<Vec<Target>> {
    match command {
        Command::Zoo { address } => zoo(address).await,
        Command::Dns {
            listen,
            record,
            zone_file,
        } => {
            let target = match zone_file {
                Some(path) => serve_names(listen, answers_of_file(path)).await?,
                None => serve_dns(listen, zone(&record)?).await?,
            };
            println!("dns {}", target.address());
            Ok(vec![target])
        }
    }
}

fn zone(records: &[String]) -> anyhow::Result<BTreeMap<String, Vec<DnsAnswer>>> {
    let mut zone: BTreeMap<String, Vec<DnsAnswer>> = BTreeMap::new();
    for record in records {
        let (name, value) = record
            .split_once('=')
            .ok_or_else(|| anyhow::anyhow!("expected name=address, got {record:?}"))?;
        let answer = match value.strip_prefix("txt:") {
            Some(text) => DnsAnswer::Text(text.to_owned()),
            None => DnsAnswer::Addresses(vec![value.parse()?]),
        };
        zone.insert(name.to_ascii_lowercase(), vec![answer]);
    }
    Ok(zone)
}

async fn zoo(ip: IpAddr) -> anyhow::Result<Vec<Target>> {
    let any = SocketAddr::new(ip, 0);
    let text = ip.to_string();
    let leaky = || {
        Site::new([
            (
                "/",
                Page::html("<title>Leaky shop</title>").with("set-cookie", "sid=1; Path=/"),
            ),
            (
                "/.git/config",
                Page::file("[core]\n\trepositoryformatversion = 0\n"),
            ),
            (
                "/.env",
                Page::file("APP_ENV=production\nDB_PASSWORD=hunter2\n"),
            ),
            ("/metrics", Page::file("# TYPE up gauge\nup 1\n")),
        ])
    };
    let healthy = Site::new([("/", Page::html("<title>Healthy</title>").hardened())]);
    let away = Site::new([(
        "/",
        Page::redirect("http://169.254.169.254/latest/meta-data/"),
    )]);
    let servers = [
        ("http", serve_http(any, leaky()).await?),
        (
            "https-expired",
            serve_https(any, leaky(), &CertificateSpec::expired(&[&text])).await?,
        ),
        (
            "https-other-name",
            serve_https(any, leaky(), &CertificateSpec::valid(&["other.example"])).await?,
        ),
        (
            "https-healthy",
            serve_https(any, healthy, &CertificateSpec::valid(&[&text])).await?,
        ),
        ("redirect-away", serve_http(any, away).await?),
        (
            "ssh",
            serve_greeting(any, b"SSH-2.0-OpenSSH_9.2p1\r\n", b"").await?,
        ),
        (
            "telnet",
            serve_greeting(any, b"\xff\xfd\x18\xff\xfd\x20\r\nlogin: ", b"login: ").await?,
        ),
        ("mute", serve_mute(any).await?),
        ("tarpit", serve_tarpit(any).await?),
        ("endless", serve_endless_body(any).await?),
        ("reset", serve_reset(any).await?),
    ];
    Ok(servers
        .into_iter()
        .map(|(name, target)| {
            println!("{name} {}", target.address());
            target
        })
        .collect())
}
