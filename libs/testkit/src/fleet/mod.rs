//! The whole fleet as processes of this machine: for `make up`, the demo and the end-to-end tests.
//!
//! Unlike the other fixtures, nothing here ends by itself: whoever starts a fleet stops it, or
//! writes down its [`Process`]es so that another can.
mod mail;
mod nats;
mod port;
mod postgres;
mod process;
mod redis;
mod service;

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, bail};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};
use url::Url;

pub use self::{
    mail::{Mail, keep_mail, mails},
    nats::Nats,
    port::{free_port_near, free_ports},
    postgres::{Postgres, postgres_binaries},
    process::Process,
    redis::Redis,
    service::{Grant, SERVICES, Service},
};

/// How long a service may take until it is ready. Debug builds on a busy machine are slow.
const READY_PATIENCE: Duration = Duration::from_mins(2);
/// How long a service may take to end: longer than its own drain.
const STOP_PATIENCE: Duration = Duration::from_secs(15);
/// Database of a fleet.
pub const DATABASE: &str = "watchtower";

/// Where the servers are that the fleet stands on.
#[derive(Debug, Clone)]
pub struct Peers {
    /// Postgres, as a role that may make roles and schemas.
    pub database_url: String,
    /// Password of every service's role.
    pub role_password: String,
    /// NATS.
    pub nats_url: String,
    /// Redis.
    pub redis_url: String,
    /// Object storage.
    pub artifacts_url: String,
}

impl Peers {
    /// The database as `role` reaches it.
    pub fn database_url_as(&self, role: &str) -> String {
        let Ok(mut url) = Url::parse(&self.database_url) else {
            return self.database_url.clone();
        };
        // Both fail only for URLs without a host, which no database has.
        let _ = url.set_username(role);
        let _ = url.set_password(Some(&self.role_password));
        url.to_string()
    }
}

/// What a fleet is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its folder: keys, logs.
    pub folder: PathBuf,
    /// Where the binaries are.
    pub binaries: PathBuf,
    /// Where the migrations are.
    pub migrations: PathBuf,
    /// The servers it stands on.
    pub peers: Peers,
    /// Where mail goes, such as `smtp://127.0.0.1:2525`.
    pub smtp_url: String,
    /// Reserved networks that may be scanned.
    pub allow_networks: Vec<String>,
    /// Resolver of targets and proofs as `address:port`; none for the system's.
    pub resolver: Option<String>,
    /// Ports a proof by file is looked for on; none for the standard one.
    pub http_file_ports: Vec<u16>,
    /// Where traces go.
    pub otlp_endpoint: Option<String>,
    /// Log filter of every service.
    pub log_filter: String,
    /// Port of the gateway, if it is free.
    pub gateway_port: u16,
    /// How many workers.
    pub workers: usize,
    /// More variables for every service.
    pub extra: Vec<(String, String)>,
}

/// Which port each service listens on.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    ports: BTreeMap<String, (u16, u16)>,
}

impl Endpoints {
    fn choose(gateway_port: u16) -> Result<Self> {
        let mut free = free_ports(SERVICES.len() * 2)?.into_iter();
        let mut ports = BTreeMap::new();
        for service in SERVICES {
            let (Some(listen), Some(admin)) = (free.next(), free.next()) else {
                bail!("no free ports");
            };
            let listen = if service.name == "gateway" {
                free_port_near(gateway_port)?
            } else {
                listen
            };
            ports.insert(service.name.to_owned(), (listen, admin));
        }
        Ok(Self { ports })
    }

    fn listen(&self, service: &str) -> String {
        let port = self.ports.get(service).map_or(0, |ports| ports.0);
        format!("127.0.0.1:{port}")
    }

    /// A name, because browsers make passkeys for no address.
    fn public_url(&self) -> String {
        let port = self.ports.get("gateway").map_or(0, |ports| ports.0);
        format!("http://localhost:{port}")
    }

    fn admin(&self, service: &str) -> String {
        let port = self.ports.get(service).map_or(0, |ports| ports.1);
        format!("127.0.0.1:{port}")
    }
}

/// One running process of the fleet.
#[derive(Debug, Clone)]
pub struct Member {
    /// Which service it runs.
    pub service: Service,
    /// The process.
    pub process: Process,
    /// Where it answers.
    pub url: String,
    /// Where it tells how it is.
    pub admin_url: String,
    endpoints: Endpoints,
}

/// A running fleet.
#[derive(Debug)]
pub struct Fleet {
    settings: Settings,
    endpoints: Endpoints,
    /// Its processes, in the order of start.
    pub members: Vec<Member>,
}

impl Fleet {
    /// Makes keys and schema where they are missing, starts every service and waits until all are
    /// ready. If one does not come up, the others are stopped again.
    ///
    /// # Errors
    /// A step fails; the error quotes the log of whoever failed.
    pub async fn start(settings: Settings) -> Result<Self> {
        Self::start_noting(settings, |_| Ok(())).await
    }

    /// As [`Fleet::start`]; `note` hears of each process right after it was started, so that a
    /// crash of ours does not lose it.
    ///
    /// # Errors
    /// A step fails, `note` included.
    pub async fn start_noting(
        settings: Settings,
        note: impl FnMut(&Member) -> Result<()>,
    ) -> Result<Self> {
        fs::create_dir_all(settings.folder.join("logs"))?;
        wt_auth::write_dev_keys(&settings.folder.join("keys"))?;
        settings.migrate().await?;
        let endpoints = Endpoints::choose(settings.gateway_port)?;
        let mut fleet = Self {
            settings,
            endpoints,
            members: Vec::new(),
        };
        if let Err(error) = fleet.start_all(note).await {
            fleet.stop().await.ok();
            return Err(error);
        }
        Ok(fleet)
    }

    async fn start_all(&mut self, mut note: impl FnMut(&Member) -> Result<()>) -> Result<()> {
        for service in SERVICES {
            let count = if service.name == "scan-worker" {
                self.settings.workers
            } else {
                1
            };
            for number in 1..=count {
                let name = if count > 1 {
                    format!("{}-{number}", service.name)
                } else {
                    service.name.to_owned()
                };
                note(self.spawn(&service, &name, number == 1)?)?;
            }
        }
        self.ready().await
    }

    /// Where programs reach the fleet.
    pub fn gateway_url(&self) -> String {
        format!("http://{}", self.endpoints.listen("gateway"))
    }

    /// Where people reach the fleet; cookie sessions work nowhere else.
    pub fn public_url(&self) -> String {
        self.endpoints.public_url()
    }

    /// The process called `name`.
    ///
    /// # Errors
    /// There is none.
    pub fn member(&self, name: &str) -> Result<&Member> {
        self.members
            .iter()
            .find(|member| member.process.name == name)
            .with_context(|| format!("the fleet has no {name}"))
    }

    /// Starts one more process of `service`, on ports of its own, and waits until it is ready.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn add(&mut self, service: &str, name: &str) -> Result<()> {
        let service = SERVICES
            .iter()
            .find(|known| known.name == service)
            .with_context(|| format!("no service is called {service}"))?;
        self.spawn(service, name, false)?;
        self.ready().await
    }

    /// Ends `name` at once, as a crash would.
    ///
    /// # Errors
    /// There is no such process, or it survives.
    pub async fn kill(&mut self, name: &str) -> Result<()> {
        self.member(name)?.process.kill().await?;
        self.members.retain(|member| member.process.name != name);
        Ok(())
    }

    fn spawn(&mut self, service: &Service, name: &str, on_its_ports: bool) -> Result<&Member> {
        let mut endpoints = self.endpoints.clone();
        if !on_its_ports {
            let ports = free_ports(2)?;
            let [listen, admin] = ports.as_slice() else {
                bail!("no free ports");
            };
            endpoints
                .ports
                .insert(service.name.to_owned(), (*listen, *admin));
        }
        let binary = self.settings.binaries.join(format!("wt-{}", service.name));
        let mut command = Command::new(binary);
        command
            .current_dir(&self.settings.folder)
            .envs(service::environment(service, &endpoints, &self.settings));
        let log = self
            .settings
            .folder
            .join("logs")
            .join(format!("{name}.log"));
        self.members.push(Member {
            service: *service,
            process: Process::spawn(name, &mut command, &log)?,
            url: format!("http://{}", endpoints.listen(service.name)),
            admin_url: format!("http://{}", endpoints.admin(service.name)),
            endpoints,
        });
        self.members.last().context("the fleet is empty")
    }

    /// Waits until every process says it is ready.
    ///
    /// # Errors
    /// One ended, or is not ready in time.
    pub async fn ready(&self) -> Result<()> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(2))
            .no_proxy()
            .build()?;
        let deadline = Instant::now() + READY_PATIENCE;
        for member in &self.members {
            let address = format!("{}/readyz", member.admin_url);
            loop {
                let answer = client.get(&address).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    break;
                }
                let name = &member.process.name;
                if !member.process.is_alive() {
                    bail!("{name} ended:\n{}", member.process.last_words());
                }
                if Instant::now() >= deadline {
                    bail!("{name} is not ready:\n{}", member.process.last_words());
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// Stops every process: the edge first, owners of data last.
    ///
    /// # Errors
    /// One survives.
    pub async fn stop(&mut self) -> Result<()> {
        while let Some(member) = self.members.last() {
            member.process.stop(STOP_PATIENCE).await?;
            self.members.pop();
        }
        Ok(())
    }

    /// What this process was told, for starting another like it by hand.
    pub fn environment(&self, member: &Member) -> Vec<(String, String)> {
        service::environment(&member.service, &member.endpoints, &self.settings)
    }
}

impl Settings {
    /// Brings the schema up to date, then gives the services' roles their password: migrations
    /// hold no secrets.
    async fn migrate(&self) -> Result<()> {
        wt_pg::migrate(&self.peers.database_url, &self.migrations).await?;
        let mut connection = PgConnection::connect(&self.peers.database_url).await?;
        for role in SERVICES.iter().filter_map(|service| service.role) {
            // Neither part can be a bound argument; both are ours, never from outside.
            let statement = format!(
                "alter role {role} login password '{}'",
                self.peers.role_password
            );
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&mut connection)
                .await
                .with_context(|| format!("cannot set the password of {role}"))?;
        }
        connection.close().await?;
        Ok(())
    }
}
