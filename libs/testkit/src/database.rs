//! A migrated database of one's own, cloned from a template.
//!
//! One cluster per test process; its folder is made once per build folder and reused, so that
//! only the first test ever waits for `initdb` and the migrations.
use std::{
    collections::hash_map::DefaultHasher,
    fs::{self, File},
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;
use url::Url;

use super::{
    fleet::{Postgres, SERVICES, postgres_binaries},
    owned::Owned,
};

/// Most test processes at once that share a build folder.
const SLOTS: usize = 16;
/// Password of every service's role in tests; the server listens on 127.0.0.1 only.
const ROLE_PASSWORD: &str = "test";

struct Cluster {
    postgres: Postgres,
    template: String,
    _running: Owned,
    _slot: File,
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// One test's database, with every migration applied.
#[derive(Debug, Clone)]
pub struct Database {
    superuser_url: String,
}

/// Gives the calling test a database of its own.
///
/// # Errors
/// Postgres is not installed or does not start, or a migration fails.
pub async fn database() -> Result<Database> {
    let cluster = CLUSTER.get_or_try_init(Cluster::start).await?;
    let name = format!("t_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let sql = format!("create database {name} template {}", cluster.template);
    execute(&cluster.postgres.url("postgres"), &sql).await?;
    Ok(Database {
        superuser_url: cluster.postgres.url(&name),
    })
}

impl Database {
    /// As the superuser, whom row-level security does not stop: for looking, not for services.
    pub fn superuser_url(&self) -> &str {
        &self.superuser_url
    }

    /// As a service's own role, such as `wt_results`.
    ///
    /// # Errors
    /// Never, for a role that is a plain name.
    pub fn url_as(&self, role: &str) -> Result<String> {
        url_as(&self.superuser_url, role)
    }

    /// A connection as the superuser.
    ///
    /// # Errors
    /// The server is away.
    pub async fn superuser(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.superuser_url).await?)
    }
}

fn url_as(superuser_url: &str, role: &str) -> Result<String> {
    let mut url = Url::parse(superuser_url)?;
    let named = url
        .set_username(role)
        .and_then(|()| url.set_password(Some(ROLE_PASSWORD)));
    if named.is_err() {
        bail!("{role} is no role");
    }
    Ok(url.to_string())
}

impl Cluster {
    async fn start() -> Result<Self> {
        let root = root()?;
        let (folder, slot) = free_slot(&root.join("target/testkit"))?;
        let postgres = Postgres::prepare(&postgres_binaries()?, &folder, false)?;
        let process = postgres.start(&folder.join("postgres.log")).await?;
        // SIGQUIT is Postgres' immediate shutdown: nothing here has to survive.
        let running = Owned::new(process, Signal::SIGQUIT)?;
        let migrations = root.join("migrations");
        let template = format!("tpl_{:016x}", digest(&migrations)?);
        remove_others(&postgres, &template).await?;
        make_template(&postgres, &template, &migrations).await?;
        Ok(Self {
            postgres,
            template,
            _running: running,
            _slot: slot,
        })
    }
}

/// The workspace this crate was built in.
pub(crate) fn root() -> Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?)
}

/// A folder no other test process uses: held by a lock that ends with us.
fn free_slot(parent: &Path) -> Result<(PathBuf, File)> {
    for number in 0..SLOTS {
        let folder = parent.join(format!("postgres-{number}"));
        fs::create_dir_all(parent)?;
        let lock = File::create(parent.join(format!("postgres-{number}.lock")))?;
        if lock.try_lock().is_ok() {
            return Ok((folder, lock));
        }
    }
    bail!("{SLOTS} test processes run already")
}

/// Every migration file by name and content.
fn digest(migrations: &Path) -> Result<u64> {
    let mut files = Vec::new();
    collect(migrations, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    Ok(())
}

/// Removes what earlier test processes left: their databases and outdated templates.
async fn remove_others(postgres: &Postgres, template: &str) -> Result<()> {
    let mut connection = PgConnection::connect(&postgres.url("postgres")).await?;
    let names: Vec<String> = sqlx::query_scalar(
        "select datname from pg_database where datname ~ '^(t|tpl|new)_' and datname <> $1",
    )
    .bind(template)
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    for name in names {
        postgres.drop_database(&name).await?;
    }
    Ok(())
}

async fn make_template(postgres: &Postgres, template: &str, migrations: &Path) -> Result<()> {
    let admin = postgres.url("postgres");
    let mut connection = PgConnection::connect(&admin).await?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(template)
            .fetch_one(&mut connection)
            .await?;
    connection.close().await?;
    if there {
        return Ok(());
    }
    // Under another name until it is whole, so that an interrupted attempt is no template.
    let draft = template.replacen("tpl_", "new_", 1);
    postgres.create_database(&draft).await?;
    wt_pg::migrate(&postgres.url(&draft), migrations).await?;
    for role in SERVICES.iter().filter_map(|service| service.role) {
        execute(
            &admin,
            &format!("alter role {role} login password '{ROLE_PASSWORD}'"),
        )
        .await?;
    }
    execute(
        &admin,
        &format!("alter database {draft} rename to {template}"),
    )
    .await
}

/// Runs one statement of ours in a connection of its own.
async fn execute(url: &str, sql: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .with_context(|| sql.to_owned())?;
    connection.close().await?;
    Ok(())
}

/// A Postgres of one's own, for tests that kill and restart the server.
#[derive(Debug)]
pub struct PrivatePostgres {
    postgres: Postgres,
    folder: tempfile::TempDir,
    running: Owned,
    database: Database,
}

impl PrivatePostgres {
    /// Makes a cluster with one migrated database in it: takes a few seconds.
    ///
    /// # Errors
    /// Postgres is not installed or does not start, or a migration fails.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir_in("/var/tmp")?;
        open_to_server(folder.path())?;
        // Durable: what it committed has to be there after a kill.
        let postgres = Postgres::prepare(&postgres_binaries()?, &folder.path().join("pg"), true)?;
        let process = postgres.start(&folder.path().join("log")).await?;
        let running = Owned::new(process, Signal::SIGQUIT)?;
        make_template(&postgres, "tpl_private", &root()?.join("migrations")).await?;
        let database = Database {
            superuser_url: postgres.url("tpl_private"),
        };
        Ok(Self {
            postgres,
            folder,
            running,
            database,
        })
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Ends the server as a crash would.
    ///
    /// # Errors
    /// It survives.
    pub async fn kill(&self) -> Result<()> {
        self.running.kill().await
    }

    /// Starts the server again, on the same port.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn restart(&mut self) -> Result<()> {
        self.running.stop().await?;
        let process = self.postgres.start(&self.folder.path().join("log")).await?;
        self.running = Owned::new(process, Signal::SIGQUIT)?;
        Ok(())
    }
}

/// A temporary folder is closed to others; the server's user has to pass through it.
fn open_to_server(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(
        folder,
        fs::Permissions::from_mode(0o711),
    )?)
}
