//! A private Postgres that keeps its data between starts.
use std::{
    env, fs,
    io::Write,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::unistd::{User, geteuid};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};

use super::{Process, free_ports};

/// Oldest version the migrations are tested with.
const VERSION_MIN: u32 = 15;
/// How long a start may take, recovery after a crash included.
const START_PATIENCE: Duration = Duration::from_mins(1);
/// Ten processes with pools of 16, and room for tools.
const CONNECTIONS: &str = "max_connections=240";

/// A quarter of the memory is advised (PostgreSQL's manual, 20.4); of what is taken only what is used.
const SHARED_BUFFERS: &str = "shared_buffers=1GB";

/// One cluster in one folder.
#[derive(Debug, Clone)]
pub struct Postgres {
    binaries: PathBuf,
    data: PathBuf,
    port: u16,
    password: String,
    durable: bool,
}

impl Postgres {
    /// Prepares the cluster in `folder`, made once. `durable` false skips `fsync`: for tests that
    /// cut no power.
    ///
    /// # Errors
    /// The folder or the cluster cannot be made.
    pub fn prepare(binaries: &Path, folder: &Path, durable: bool) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let folder = reachable(folder)?;
        let password = secret(&folder.join("postgres.password"))?;
        let data = folder.join("data");
        if !data.join("PG_VERSION").is_file() {
            init(binaries, &folder, &data)?;
        }
        let port = free_ports(1)?.first().copied().context("no free port")?;
        Ok(Self {
            binaries: binaries.to_path_buf(),
            data,
            port,
            password,
            durable,
        })
    }

    /// Where `database` is, as the superuser.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// Where it listens, without the password.
    pub fn address(&self) -> String {
        format!("postgres://127.0.0.1:{}", self.port)
    }

    /// Starts it and waits until it answers. On the same port each time.
    ///
    /// # Errors
    /// It does not come up; the error quotes its log.
    pub async fn start(&self, log: &Path) -> Result<Process> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let mut process = self.spawn(log)?;
            let Err(fault) = self.answers(&mut process, deadline).await else {
                return Ok(process);
            };
            // After a kill: its sessions end one by one, and hold its memory until then.
            let ending = process.last_words().contains("is still in use");
            if !ending || Instant::now() >= deadline {
                return Err(fault);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn spawn(&self, log: &Path) -> Result<Process> {
        self.remove_stale_lock()?;
        let on_off = if self.durable { "on" } else { "off" };
        let mut command = Command::new(self.binaries.join("postgres"));
        command
            .current_dir(&self.data)
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", CONNECTIONS])
            .args(["-c", SHARED_BUFFERS])
            .args(["-c", &format!("fsync={on_off}")]);
        as_server_user(&mut command)?;
        let mut process = Process::spawn("postgres", &mut command, log)?;
        // A termination signal lets it wait for clients to leave; an interrupt does not.
        process.ends_on_interrupt = true;
        Ok(process)
    }

    /// Waits until it takes connections.
    async fn answers(&self, process: &mut Process, deadline: Instant) -> Result<()> {
        loop {
            if let Ok(connection) = PgConnection::connect(&self.url("postgres")).await {
                connection.close().await.ok();
                return Ok(());
            }
            if !process.is_alive() || Instant::now() >= deadline {
                bail!("postgres does not start:\n{}", process.last_words());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Makes `database` if it is not there.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn create_database(&self, database: &str) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(database)
                .fetch_one(&mut connection)
                .await?;
        if !exists {
            // A name cannot be a bound argument; it is ours, never from outside.
            let statement = sqlx::AssertSqlSafe(format!("create database {database}"));
            sqlx::query(statement).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Removes `database` with everything in it, if it is there.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn drop_database(&self, database: &str) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let statement = format!("drop database if exists {database} with (force)");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// After a crash the lock names a process that may be anyone's by now. If it is still our
    /// server (its state was lost), it is asked to end; a lock of a stranger is removed.
    fn remove_stale_lock(&self) -> Result<()> {
        let lock = self.data.join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&lock) else {
            return Ok(());
        };
        let pid = text.lines().next().unwrap_or_default();
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let data = self.data.to_string_lossy().into_owned();
        if String::from_utf8_lossy(&arguments).contains(&data) {
            let mut command = Command::new(self.binaries.join("pg_ctl"));
            command
                .current_dir(&self.data)
                .args(["stop", "-s", "-m", "fast", "-D", &data]);
            as_server_user(&mut command)?;
            command.status().context("cannot run pg_ctl")?;
        }
        fs::remove_file(&lock).or_else(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Ok(())
            } else {
                Err(error)
            }
        })?;
        Ok(())
    }
}

/// Folder of the programs of the newest Postgres here that is new enough.
///
/// # Errors
/// There is none.
pub fn postgres_binaries() -> Result<PathBuf> {
    let mut newest = None;
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten() {
        let path = entry?.path();
        let version = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.parse::<u32>().ok());
        let binaries = path.join("bin");
        if let Some(version) = version
            && version >= VERSION_MIN
            && binaries.join("initdb").is_file()
        {
            newest = newest.max(Some((version, binaries)));
        }
    }
    if let Some((_, binaries)) = newest {
        return Ok(binaries);
    }
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .find(|folder| folder.join("initdb").is_file())
        .with_context(|| format!("no Postgres {VERSION_MIN} or newer here"))
}

/// Postgres refuses to run as root; then it runs as its packaged user, or as nobody.
fn server_user() -> Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!("neither the user postgres nor nobody exists, and Postgres does not run as root")
}

fn as_server_user(command: &mut Command) -> Result<()> {
    if let Some(user) = server_user()? {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    Ok(())
}

/// `folder` owned by the server's user if that user can get there, else a folder of the same
/// meaning where it can: a clone below a home folder is closed to other users.
fn reachable(folder: &Path) -> Result<PathBuf> {
    let Some(user) = server_user()? else {
        return Ok(folder.to_path_buf());
    };
    let owned = |folder: &Path| -> Result<()> {
        chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        Ok(())
    };
    owned(folder)?;
    let mut look = Command::new("test");
    look.arg("-w").arg(folder);
    as_server_user(&mut look)?;
    if look.current_dir("/").status()?.success() {
        return Ok(folder.to_path_buf());
    }
    let name = folder.to_string_lossy().replace('/', "-");
    let elsewhere = Path::new("/var/tmp").join(format!("watchtower{name}"));
    fs::create_dir_all(&elsewhere)?;
    owned(&elsewhere)?;
    Ok(elsewhere)
}

fn init(binaries: &Path, folder: &Path, data: &Path) -> Result<()> {
    // What an interrupted first start left is nobody's data.
    if data.exists() {
        fs::remove_dir_all(data)?;
    }
    let mut command = Command::new(binaries.join("initdb"));
    command
        .current_dir(folder)
        .args(["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"])
        // Keys are compared byte by byte: with any other collation each index entry costs a call to
        // the C library's (a quarter of the time of a first ingest).
        .arg("--lc-collate=C")
        .args(["--auth=scram-sha-256", "--no-sync"])
        .arg(format!(
            "--pwfile={}",
            folder.join("postgres.password").display()
        ))
        .arg(format!("--pgdata={}", data.display()));
    as_server_user(&mut command)?;
    let output = command.output().context("cannot run initdb")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("initdb ended with {}: {said}", output.status);
    }
    Ok(())
}

/// The password in `file`, made once; readable by the server's user only.
fn secret(file: &Path) -> Result<String> {
    if let Ok(text) = fs::read_to_string(file) {
        return Ok(text.trim().to_owned());
    }
    let text = format!("{:032x}", rand::random::<u128>());
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)?;
    out.set_permissions(fs::Permissions::from_mode(0o600))?;
    out.write_all(text.as_bytes())?;
    if let Some(user) = server_user()? {
        chown(file, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    Ok(text)
}
