//! A fleet of real binaries for one test, with servers of its own.
use std::{
    env, fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::Signal;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, SemaphorePermit},
    task::JoinHandle,
    time::{Instant, sleep},
};
use wt_targets::{DnsAnswer, DnsQuestion, serve_names};
use wt_testkit::fleet::{
    DATABASE, Fleet, Mail, Nats, Peers, Postgres, Process, Redis, Settings, free_ports, keep_mail,
    mails, postgres_binaries,
};

use super::{
    api::Api,
    target::{Page, Target},
};

/// One fleet at a time: a dozen processes each, on machines with two cores.
static FLEETS: Semaphore = Semaphore::const_new(1);

/// Decides what the name server says.
type Names = Box<dyn FnMut(&str, DnsQuestion) -> DnsAnswer + Send>;

/// What a test wants different.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    /// How many workers; one if zero.
    pub(crate) workers: usize,
    /// Where traces go.
    pub(crate) otlp_endpoint: Option<String>,
}

/// A running fleet; it ends with the test.
pub(crate) struct TestFleet {
    pub(crate) fleet: Fleet,
    pub(crate) postgres: (Postgres, Process),
    pub(crate) nats: (Nats, Process),
    redis: Process,
    pub(crate) folder: PathBuf,
    binaries: PathBuf,
    /// Where every web target of this fleet listens: the one port that proofs are looked for on.
    pub(crate) web_port: u16,
    names: Arc<Mutex<Names>>,
    _name_server: wt_targets::Target,
    mail_sink: JoinHandle<()>,
    _permit: SemaphorePermit<'static>,
}

impl TestFleet {
    /// Starts everything for the test called `name`.
    pub(crate) async fn start(name: &str) -> Result<Self> {
        Self::start_with(name, Wish::default()).await
    }

    pub(crate) async fn start_with(name: &str, wish: Wish) -> Result<Self> {
        let permit = FLEETS.acquire().await?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()?;
        let binaries = binaries()?;
        let folder = binaries
            .parent()
            .context("no target folder")?
            .join("integration")
            .join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let logs = folder.join("logs");
        fs::create_dir_all(&logs)?;
        fs::create_dir_all(folder.join("artifacts"))?;
        let postgres = Postgres::prepare(&postgres_binaries()?, &folder.join("postgres"), false)?;
        let postgres_process = postgres.start(&logs.join("postgres.log")).await?;
        postgres.create_database(DATABASE).await?;
        let nats = Nats::prepare(&nats_server(&binaries)?, &folder.join("nats"))?;
        let nats_process = nats.start(&logs.join("nats.log")).await?;
        let redis = Redis::prepare(&folder.join("redis"))?;
        let redis_process = redis.start(&logs.join("redis.log")).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let smtp_url = format!("smtp://{}", listener.local_addr()?);
        let mail = folder.join("mail");
        fs::create_dir_all(&mail)?;
        let mail_sink = tokio::spawn(async move {
            if let Err(error) = keep_mail(listener, mail).await {
                eprintln!("mail sink: {error:#}");
            }
        });
        let nobody: Names = Box::new(|_, _| DnsAnswer::NoSuchName);
        let names = Arc::new(Mutex::new(nobody));
        let asked = Arc::clone(&names);
        let name_server = serve_names("127.0.0.1:0".parse()?, move |name, question| {
            let mut answer = asked.lock().unwrap_or_else(PoisonError::into_inner);
            answer(name, question)
        })
        .await?;
        let web_port = free_ports(1)?.first().copied().context("no free port")?;
        let fleet = Fleet::start(Settings {
            folder: folder.clone(),
            binaries: binaries.clone(),
            migrations: root.join("migrations"),
            peers: Peers {
                database_url: postgres.url(DATABASE),
                role_password: "integration".to_owned(),
                nats_url: nats.url(),
                redis_url: redis.url(),
                artifacts_url: format!("file://{}", folder.join("artifacts").display()),
            },
            smtp_url,
            allow_networks: vec!["127.0.0.0/8".to_owned()],
            resolver: Some(name_server.address().to_string()),
            http_file_ports: vec![web_port],
            otlp_endpoint: wish.otlp_endpoint,
            log_filter: "info".to_owned(),
            gateway_port: 0,
            workers: wish.workers.max(1),
            extra: Vec::new(),
        })
        .await?;
        Ok(Self {
            fleet,
            postgres: (postgres, postgres_process),
            nats: (nats, nats_process),
            redis: redis_process,
            folder,
            binaries,
            web_port,
            names,
            _name_server: name_server,
            mail_sink,
            _permit: permit,
        })
    }

    /// A binary of the workspace.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// The public API, as nobody yet.
    pub(crate) fn api(&self) -> Result<Api> {
        Api::new(&self.fleet.gateway_url())
    }

    /// Decides what names mean from now on.
    pub(crate) fn names(&self, names: impl FnMut(&str, DnsQuestion) -> DnsAnswer + Send + 'static) {
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(names);
    }

    /// A web server on `address` and this fleet's port.
    pub(crate) async fn target(&self, address: &str) -> Result<Target> {
        let address: IpAddr = address.parse()?;
        Target::start(SocketAddr::new(address, self.web_port)).await
    }

    /// Registers the target's address for `api` and proves it by a file. Returns the asset's id.
    pub(crate) async fn owned(&self, api: &Api, target: &Target) -> Result<String> {
        let asset_id = api.register(&target.address.ip().to_string()).await?;
        self.prove_by_file(api, target, &asset_id).await?;
        Ok(asset_id)
    }

    /// Proves an asset by a file on `target`.
    pub(crate) async fn prove_by_file(
        &self,
        api: &Api,
        target: &Target,
        asset_id: &str,
    ) -> Result<()> {
        let path = format!("/assets/{asset_id}/verification");
        let asked = api
            .post(&path, &serde_json::json!({ "method": "http_file" }))
            .await?
            .ok()?;
        let url = url::Url::parse(asked["url"].as_str().unwrap_or_default())?;
        let body = asked["file_body"].as_str().unwrap_or_default();
        target.put(url.path(), Page::new("text/plain", body));
        let checked = api
            .post(&format!("{path}/check"), &serde_json::json!({}))
            .await?
            .ok()?;
        if checked["status"] != "verified" {
            bail!("the proof was not found: {checked:#}");
        }
        Ok(())
    }

    /// Waits for the first mail about changes; letters about accounts are none.
    pub(crate) async fn change_mail(&self) -> Result<Mail> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let found = mails(&self.folder.join("mail"))?;
            if let Some(mail) = found.into_iter().find(Mail::is_about_changes) {
                return Ok(mail);
            }
            ensure!(Instant::now() < deadline, "no mail about changes arrived");
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends NATS as a crash would and starts it again on the same ports and data.
    pub(crate) async fn restart_nats(&mut self) -> Result<()> {
        self.nats.1.kill().await?;
        self.nats.1 = self
            .nats
            .0
            .start(&self.folder.join("logs/nats-2.log"))
            .await?;
        Ok(())
    }

    /// Ends Postgres as an operator in a hurry would and starts it again.
    pub(crate) async fn restart_postgres(&mut self) -> Result<()> {
        self.postgres.1.stop(Duration::from_secs(20)).await?;
        let log = self.folder.join("logs/postgres-2.log");
        self.postgres.1 = self.postgres.0.start(&log).await?;
        Ok(())
    }
}

impl Drop for TestFleet {
    /// Ends everything at once; the data of a failed test stays in its folder.
    fn drop(&mut self) {
        self.mail_sink.abort();
        let peers = [&self.redis, &self.nats.1];
        for process in self
            .fleet
            .members
            .iter()
            .map(|member| &member.process)
            .chain(peers)
        {
            report(process.signal(Signal::SIGKILL));
        }
        // An immediate shutdown, so that no backend outlives the server.
        report(self.postgres.1.signal(Signal::SIGQUIT));
    }
}

fn report(result: Result<()>) {
    if let Err(error) = result {
        eprintln!("{error:#}");
    }
}

/// Where cargo put this test's sisters: `target/debug`.
fn binaries() -> Result<PathBuf> {
    let test = env::current_exe()?;
    let debug = test
        .ancestors()
        .nth(2)
        .context("not run by cargo")?
        .to_path_buf();
    if !debug.join("wt-gateway").is_file() {
        bail!("build the fleet first: cargo build --workspace --bins");
    }
    Ok(debug)
}

fn nats_server(binaries: &Path) -> Result<PathBuf> {
    let pinned = binaries.with_file_name("tools").join("bin/nats-server");
    env::var_os("WT_NATS_SERVER")
        .map(PathBuf::from)
        .or_else(|| pinned.is_file().then_some(pinned))
        .context("no nats-server: run `make test`, which fetches it")
}
