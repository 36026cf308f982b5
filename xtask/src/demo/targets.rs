//! What the demo scans: real servers on addresses of this machine, with deliberate exposures.
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use wt_targets::{CertificateSpec, make_certificate};
use wt_testkit::fleet::{Process, free_ports};

use crate::{
    dev::State,
    install,
    workspace::{Workspace, output},
};

/// The shop's name: reserved for documentation (RFC 2606), answered by our own name server only.
pub(super) const SHOP: &str = "shop.watchtower.example";
/// An nginx with deliberate exposures.
const SHOP_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// A Redis without password, beside a plain web server.
pub(super) const CACHE_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// A host with nothing to find but that it is there.
pub(super) const HEALTHY_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 4);
/// Every address that is scanned, as the operator's configuration allows it.
pub(super) const NETWORK: &str = "127.0.0.0/8";
/// How long a target may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ports of the targets: usual ones if they are free on these addresses, which the baseline
/// profile covers, else any, which the scan is then told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) http: u16,
    https: u16,
    redis: u16,
}

impl Ports {
    pub(super) fn choose() -> Result<Self> {
        let addresses = [SHOP_ADDRESS, CACHE_ADDRESS, HEALTHY_ADDRESS];
        let free = |port: u16| {
            addresses
                .iter()
                .all(|address| TcpListener::bind((*address, port)).is_ok())
        };
        let mut spare = free_ports(3)?.into_iter();
        let mut choose = |usual: u16| {
            if free(usual) {
                Ok(usual)
            } else {
                spare.next().context("no free port")
            }
        };
        Ok(Self {
            http: choose(8080)?,
            https: choose(8443)?,
            redis: choose(6379)?,
        })
    }

    /// The list a scan is told.
    pub(super) fn list(self) -> String {
        format!("22,80,443,{},{},{}", self.http, self.https, self.redis)
    }
}

/// Running targets; their processes are in the demo's state.
pub(super) struct Targets {
    folder: PathBuf,
    cache: Process,
    /// Where names are looked up.
    pub(super) resolver: String,
}

impl Targets {
    /// Starts all of them.
    pub(super) async fn start(
        workspace: &Workspace,
        state_folder: &Path,
        state: &mut State,
        ports: Ports,
    ) -> Result<Self> {
        let folder = state_folder.join("targets");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        write_sites(&folder)?;
        let logs = state_folder.join("logs");
        fs::create_dir_all(&logs)?;
        let resolver = start_names(workspace, &folder, &logs, state_folder, state)?;
        let nginx = start_nginx(&folder, &logs, ports).await?;
        let shop = format!("http://{SHOP_ADDRESS}:{}", ports.http);
        state.add(state_folder, nginx, &shop)?;
        let cache = start_redis(workspace, &folder, &logs, ports).await?;
        let url = format!("redis://{CACHE_ADDRESS}:{}", ports.redis);
        state.add(state_folder, cache.clone(), &url)?;
        Ok(Self {
            folder,
            cache,
            resolver,
        })
    }

    /// Publishes a challenge file on every web server.
    pub(super) fn publish_file(&self, url_path: &str, body: &str) -> Result<()> {
        for site in ["shop", "cache", "healthy"] {
            let file = self
                .folder
                .join(site)
                .join(url_path.trim_start_matches('/'));
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(file, body)?;
        }
        Ok(())
    }

    /// Publishes a TXT record.
    pub(super) fn publish_record(&self, name: &str, value: &str) -> Result<()> {
        let zone = self.folder.join("zone");
        let text = fs::read_to_string(&zone)?;
        fs::write(zone, format!("{text}{name} TXT {value}\n"))?;
        Ok(())
    }

    /// Takes the repository's settings off the shop.
    pub(super) fn repair_shop(&self) -> Result<()> {
        fs::remove_dir_all(self.folder.join("shop/.git"))?;
        Ok(())
    }

    /// Stops the Redis: from outside it is just silent.
    pub(super) async fn stop_cache(&self) -> Result<()> {
        self.cache.stop(PATIENCE).await?;
        Ok(())
    }
}

fn write_sites(folder: &Path) -> Result<()> {
    let write = |path: &str, text: &str| -> Result<()> {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, text)?;
        Ok(())
    };
    let page = |name: &str| {
        format!("<!doctype html>\n<title>{name}</title>\n<h1>{name}</h1>\n<p>Welcome.</p>\n")
    };
    write("shop/index.html", &page("The shop"))?;
    write(
        "shop/.git/config",
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\
         [remote \"origin\"]\n\turl = https://git.watchtower.example/shop.git\n",
    )?;
    write("shop/.git/HEAD", "ref: refs/heads/main\n")?;
    write("shop/backup/orders.csv", "order,total\n1,9.90\n")?;
    write("shop/backup/notes.txt", "not for everybody\n")?;
    write("cache/index.html", &page("The cache"))?;
    write("healthy/index.html", &page("Nothing to see"))?;
    write("zone", &format!("{SHOP} A {SHOP_ADDRESS}\n"))?;
    let (certificate, key) = make_certificate(&CertificateSpec::expired(&[SHOP]))?;
    write("shop.pem", &certificate)?;
    write("shop.key", &key)
}

fn start_names(
    workspace: &Workspace,
    folder: &Path,
    logs: &Path,
    state_folder: &Path,
    state: &mut State,
) -> Result<String> {
    let port = free_ports(1)?.first().copied().context("no free port")?;
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new(workspace.binary("wt-targets"));
    command
        .args(["dns", "--listen", &address, "--zone-file"])
        .arg(folder.join("zone"));
    let process = Process::spawn("name-server", &mut command, &logs.join("name-server.log"))?;
    state.add(state_folder, process, &format!("dns://{address}"))?;
    Ok(address)
}

/// One nginx for all sites. A single process, because workers would change their user and lose
/// sight of a clone below a home folder.
async fn start_nginx(folder: &Path, logs: &Path, ports: Ports) -> Result<Process> {
    let at = |path: &str| folder.join(path).display().to_string();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("  {kind}_temp_path {};\n", at(&format!("tmp-{kind}"))))
        .concat();
    let Ports { http, https, .. } = ports;
    let hardened = "    add_header Content-Security-Policy \"default-src 'self'; frame-ancestors 'none'\" always;\n    \
        add_header X-Frame-Options DENY always;\n    \
        add_header X-Content-Type-Options nosniff always;\n    \
        add_header Referrer-Policy no-referrer always;\n    \
        server_tokens off;\n";
    let config = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {pid};\nerror_log stderr warn;\n\
         events {{ worker_connections 512; }}\nhttp {{\n{temporary}  access_log off;\n  \
         default_type text/plain;\n  types {{ text/html html; text/csv csv; }}\n  server {{\n    \
         listen {SHOP_ADDRESS}:{http};\n    listen {SHOP_ADDRESS}:{https} ssl;\n    \
         server_name {SHOP};\n    ssl_certificate {certificate};\n    ssl_certificate_key {key};\n    \
         root {shop};\n    location /backup/ {{ autoindex on; }}\n  }}\n  server {{\n    \
         listen {CACHE_ADDRESS}:{http};\n    root {cache};\n{hardened}  }}\n  server {{\n    \
         listen {HEALTHY_ADDRESS}:{http};\n    root {healthy};\n{hardened}  }}\n}}\n",
        pid = at("nginx.pid"),
        certificate = at("shop.pem"),
        key = at("shop.key"),
        shop = at("shop"),
        cache = at("cache"),
        healthy = at("healthy"),
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config)?;
    let nginx = install::find("nginx").context("nginx is not installed")?;
    let mut command = Command::new(nginx);
    command.arg("-c").arg(&file).arg("-p").arg(folder);
    command.args(["-e", "stderr"]);
    let process = Process::spawn("target-nginx", &mut command, &logs.join("nginx.log"))?;
    let address = format!("{SHOP_ADDRESS}:{http}");
    if !process.listens_within(&address, PATIENCE).await {
        bail!("nginx does not start:\n{}", process.last_words());
    }
    Ok(process)
}

async fn start_redis(
    workspace: &Workspace,
    folder: &Path,
    logs: &Path,
    ports: Ports,
) -> Result<Process> {
    let data = folder.join("redis");
    fs::create_dir_all(&data)?;
    let (address, port) = (CACHE_ADDRESS.to_string(), ports.redis.to_string());
    let mut command = Command::new("redis-server");
    command
        .current_dir(&data)
        .args(["--bind", &address, "--port", &port])
        .args(["--save", "", "--appendonly", "no", "--protected-mode", "no"]);
    let process = Process::spawn("target-redis", &mut command, &logs.join("target-redis.log"))?;
    if !process
        .listens_within(&format!("{address}:{port}"), PATIENCE)
        .await
    {
        bail!("the target redis does not start:\n{}", process.last_words());
    }
    // What a stranger would do first: nothing stops them.
    if let Some(client) = install::find("redis-cli") {
        let said = output(
            workspace
                .command(client)
                .args(["-h", &address, "-p", &port, "ping"]),
        )?;
        println!(
            "redis at {address}:{port} answers strangers: {}",
            said.trim()
        );
    }
    Ok(process)
}
