//! Settings of the worker.
use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use wt_artifacts::ArtifactsArgs;
use wt_bus::BusArgs;
use wt_engine::{ResolverSetting, Tool, ToolSetting, template::TemplateArgs};
use wt_envelope::{TrustedKeys, VerifyingKey};
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_model::Pool;
use wt_scope::Network;
use wt_telemetry::TelemetryArgs;
use wt_throttle::ThrottleArgs;

/// Ending of the files that hold trusted public keys.
const PUBLIC_KEY_SUFFIX: &str = ".pub.pem";
/// What is kept of the drain time to hand a job back that cannot be finished in it.
const HAND_BACK: Duration = Duration::from_secs(3);

/// Settings of the worker.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-scan-worker", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) lifecycle: LifecycleArgs,
    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
    #[command(flatten)]
    pub(crate) artifacts: ArtifactsArgs,
    #[command(flatten)]
    pub(crate) throttle: ThrottleArgs,
    /// Folder of `<service>.pub.pem` files: whose signature makes a job (SPKI PEM, Ed25519)
    #[arg(long, env = "WT_JOB_TRUST_DIR", value_name = "DIR")]
    job_trust_dir: PathBuf,
    /// Special networks that may be scanned (loopback, private …), comma separated; none by default
    #[arg(
        long,
        env = "WT_ALLOW_NETWORKS",
        default_value = "",
        value_name = "NETS"
    )]
    allow_networks: String,
    /// Name servers as address:port, comma separated; those of /etc/resolv.conf by default
    #[arg(long, env = "WT_RESOLVER", default_value = "", value_name = "ADDRS")]
    resolver: String,
    /// Whose jobs this worker takes: everybody's (`shared`), or those of one private pool (`pol_…`),
    /// which are all it ever hears of
    #[arg(
        long,
        env = "WT_POOL",
        default_value_t = Pool::Shared,
        value_name = "POOL"
    )]
    pub(crate) pool: Pool,
    /// Where this worker looks from, as told in results
    #[arg(
        long,
        env = "WT_VANTAGE",
        default_value = "default",
        value_name = "NAME"
    )]
    pub(crate) vantage: String,
    /// A page of the operator's that says who scans, why, and how to make it stop: web servers are
    /// told of it with every request
    #[arg(
        long,
        env = "WT_ABOUT_URL",
        default_value = wt_engine::ABOUT_URL,
        value_name = "URL"
    )]
    pub(crate) about_url: String,
    #[command(flatten)]
    pub(crate) tools: ToolArgs,
    #[command(flatten)]
    pub(crate) templates: TemplateArgs,
}

/// The tools of others that jobs may name; all off by default.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ToolArgs {
    /// Tools turned on and where they are, as `nmap=/usr/bin/nmap,nuclei=/opt/nuclei`
    #[arg(long, env = "WT_TOOLS", default_value = "", value_name = "NAME=PATH")]
    tools: String,
    /// `open`; `namespace` for a network namespace of its own for each call of a tool, which lets
    /// out what the call was given (needs `CAP_NET_ADMIN`, `CAP_SYS_ADMIN`, `CAP_SETPCAP`, nft and
    /// ip); or `confined-outside` where a firewall or network policy of yours keeps this worker's
    /// connections to what may be scanned. Every tool but nmap needs one of the latter
    #[arg(
        long,
        env = "WT_TOOLS_EGRESS",
        default_value = "open",
        value_name = "WORD"
    )]
    tools_egress: String,
    /// Folder of nuclei's templates
    #[arg(long, env = "WT_NUCLEI_TEMPLATES", value_name = "DIR")]
    nuclei_templates: Option<PathBuf>,
}

impl ToolArgs {
    /// The setting these arguments make.
    fn read(&self) -> Result<ToolSetting, String> {
        let paths = parts(&self.tools)
            .map(|part| {
                let (name, path) = part
                    .split_once('=')
                    .ok_or_else(|| format!("WT_TOOLS: {part:?} is not name=path"))?;
                let tool: Tool = name
                    .parse()
                    .map_err(|error| format!("WT_TOOLS: {name:?}: {error}"))?;
                let path = PathBuf::from(path);
                // Looked up nowhere: a path is exact, or no path.
                if path.is_absolute() && path.is_file() {
                    Ok((tool, path))
                } else {
                    Err(format!("WT_TOOLS: {} is no program", path.display()))
                }
            })
            .collect::<Result<_, String>>()?;
        let egress = self
            .tools_egress
            .parse()
            .map_err(|error| format!("WT_TOOLS_EGRESS: {:?}: {error}", self.tools_egress))?;
        Ok(ToolSetting {
            paths,
            egress,
            nuclei_templates: self.nuclei_templates.clone(),
        })
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
        // It goes into a header as it is.
        let is_plain = |c: char| c.is_ascii_graphic() && !"()<>\"\\;".contains(c);
        if !self.about_url.starts_with("http") || !self.about_url.chars().all(is_plain) {
            return Err(format!(
                "WT_ABOUT_URL: {:?} is no web address",
                self.about_url
            ));
        }
        self.networks()?;
        self.name_servers()?;
        self.tool_setting().map(drop)
    }
}

impl Config {
    /// The special networks the operator opened.
    pub(crate) fn networks(&self) -> Result<Vec<Network>, String> {
        parts(&self.allow_networks)
            .map(|text| {
                Network::parse(text).map_err(|why| format!("WT_ALLOW_NETWORKS: {text:?}: {why}"))
            })
            .collect()
    }

    /// The tools turned on.
    pub(crate) fn tool_setting(&self) -> Result<ToolSetting, String> {
        self.tools.read()
    }

    /// The name servers to ask.
    pub(crate) fn name_servers(&self) -> Result<ResolverSetting, String> {
        let servers = parts(&self.resolver)
            .map(|text| {
                text.parse::<SocketAddr>()
                    .map_err(|_| format!("WT_RESOLVER: {text:?} is not address:port"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if servers.is_empty() {
            // Without the file no name can be resolved, which each job then says by itself.
            let text = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
            return Ok(ResolverSetting::from_resolv_conf(&text));
        }
        Ok(ResolverSetting {
            servers,
            zone_port: None,
        })
    }

    /// The keys whose signatures make a job. None at all is a mistake: nothing could ever run.
    pub(crate) fn trusted_keys(&self) -> Result<TrustedKeys, String> {
        let folder = self.job_trust_dir.display();
        let entries = fs::read_dir(&self.job_trust_dir)
            .map_err(|error| format!("WT_JOB_TRUST_DIR: {folder}: {error}"))?;
        let mut keys = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| format!("WT_JOB_TRUST_DIR: {error}"))?
                .path();
            if !path.to_string_lossy().ends_with(PUBLIC_KEY_SUFFIX) {
                continue;
            }
            let key = fs::read_to_string(&path)
                .map_err(|error| error.to_string())
                .and_then(|text| {
                    VerifyingKey::from_spki_pem(&text).map_err(|error| error.to_string())
                })
                .map_err(|why| format!("WT_JOB_TRUST_DIR: {}: {why}", path.display()))?;
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(format!(
                "WT_JOB_TRUST_DIR: {folder} holds no *{PUBLIC_KEY_SUFFIX} file"
            ));
        }
        Ok(keys.into_iter().collect())
    }

    /// How long jobs under way may go on after the signal to stop.
    pub(crate) fn time_to_finish(&self) -> Duration {
        Duration::from_millis(self.lifecycle.drain_ms).saturating_sub(HAND_BACK)
    }
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use wt_engine::{Egress, Tool};

    use super::ToolArgs;

    fn read(tools: &str, egress: &str) -> Result<wt_engine::ToolSetting, String> {
        let args = ToolArgs {
            tools: tools.to_owned(),
            tools_egress: egress.to_owned(),
            nuclei_templates: None,
        };
        args.read()
    }

    #[test]
    fn tools_are_off_until_turned_on_by_an_exact_path() {
        assert_eq!(read("", "open"), Ok(wt_engine::ToolSetting::default()));
        let setting = read("nmap=/bin/sh", "confined-outside").unwrap();
        assert!(setting.paths.contains_key(&Tool::Nmap));
        assert_eq!(setting.egress, Egress::ConfinedOutside);
        let setting = read("nmap=/bin/sh", "namespace").unwrap();
        assert_eq!(setting.egress, Egress::Namespace);
        for (tools, egress) in [
            ("nmap", "open"),
            ("nmap=sh", "open"),
            ("nmap=/nowhere/nmap", "open"),
            ("metasploit=/bin/sh", "open"),
            ("", "closed"),
        ] {
            assert!(read(tools, egress).is_err(), "{tools} {egress}");
        }
    }
}
