//! A process that outlives whoever started it, and is never mistaken for another.
use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep},
};

/// How often a condition on a process is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(25);
/// Lines of a log that an error quotes.
const QUOTED_LINES: usize = 15;

/// One process by number *and* start time: numbers are reused, the pair is not until a reboot,
/// and the boot's id tells that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// What it is, such as `gateway`.
    pub name: String,
    /// Number.
    pub pid: i32,
    /// Start time in clock ticks since boot, as `/proc` has it.
    pub started: u64,
    /// The boot it was started in.
    pub boot: String,
    /// Where its output goes.
    pub log: PathBuf,
    /// Ends on an interrupt where others end on a termination signal.
    #[serde(default)]
    pub ends_on_interrupt: bool,
}

impl Process {
    /// Starts `command` in its own process group, so that an interrupt at our terminal does not
    /// reach it, with its output in `log`.
    ///
    /// # Errors
    /// The program or the log cannot be opened.
    pub fn spawn(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let out = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()
            .with_context(|| {
                let program = command.get_program().to_string_lossy().into_owned();
                format!("cannot start {name}: {program}")
            })?;
        let pid = i32::try_from(child.id())?;
        Ok(Self {
            name: name.to_owned(),
            pid,
            started: stat(pid).map_or(0, |stat| stat.started),
            boot: boot_id(),
            log: log.to_path_buf(),
            ends_on_interrupt: false,
        })
    }

    /// Whether this very process still runs; a zombie does not.
    pub fn is_alive(&self) -> bool {
        self.boot == boot_id()
            && stat(self.pid).is_some_and(|stat| stat.started == self.started && !stat.is_over)
    }

    /// Sends `signal` if this very process still runs.
    ///
    /// # Errors
    /// The signal may not be sent.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        if self.is_alive() {
            kill(Pid::from_raw(self.pid), signal)
                .with_context(|| format!("cannot signal {} ({})", self.name, self.pid))?;
        }
        Ok(())
    }

    /// Asks it to end, and ends it after `patience`. Returns whether it went by itself.
    ///
    /// # Errors
    /// It survives even being killed.
    pub async fn stop(&self, patience: Duration) -> Result<bool> {
        self.signal(if self.ends_on_interrupt {
            Signal::SIGINT
        } else {
            Signal::SIGTERM
        })?;
        if self.ends_within(patience).await {
            return Ok(true);
        }
        self.kill().await?;
        Ok(false)
    }

    /// Ends it at once, as a crash would.
    ///
    /// # Errors
    /// It survives.
    pub async fn kill(&self) -> Result<()> {
        self.signal(Signal::SIGKILL)?;
        if self.ends_within(Duration::from_secs(10)).await {
            return Ok(());
        }
        bail!("{} ({}) does not end", self.name, self.pid)
    }

    /// Waits until it is gone, at most `patience`.
    pub async fn ends_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_alive() {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(LOOK_AGAIN).await;
        }
        true
    }

    /// Waits until `address` accepts connections while it runs, at most `patience`.
    pub async fn listens_within(&self, address: &str, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_alive() && Instant::now() < deadline {
            if TcpStream::connect(address).await.is_ok() {
                return true;
            }
            sleep(LOOK_AGAIN).await;
        }
        false
    }

    /// The end of its log, for an error message.
    pub fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let from = lines.len().saturating_sub(QUOTED_LINES);
        lines.get(from..).unwrap_or_default().join("\n")
    }
}

struct Stat {
    started: u64,
    is_over: bool,
}

/// `/proc/<pid>/stat`: the name stands in brackets and may hold anything, so fields count from
/// the last bracket. State is the 3rd field, start time the 22nd (proc(5)).
fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    Some(Stat {
        started: fields.nth(18)?.parse().ok()?,
        is_over: matches!(state, "Z" | "X"),
    })
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(folder: &Path) -> Process {
        let mut command = Command::new("sleep");
        Process::spawn("sleeper", command.arg("600"), &folder.join("log")).unwrap()
    }

    #[tokio::test]
    async fn a_process_is_stopped_and_is_then_gone() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path());
        assert!(process.is_alive());
        assert!(process.stop(Duration::from_secs(5)).await.unwrap());
        assert!(!process.is_alive());
    }

    #[tokio::test]
    async fn another_process_under_the_same_number_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path());
        let stranger = Process {
            started: process.started + 1,
            ..process.clone()
        };
        assert!(!stranger.is_alive());
        stranger.kill().await.unwrap();
        assert!(process.is_alive());
        process.kill().await.unwrap();
    }
}
