//! A child process that ends with its owner, however the owner ends.
use std::{
    io::Write,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::fleet::Process;

/// Waits at the other end of a pipe. `done` disarms it; the end of the pipe, which comes with
/// any death of the test process, makes it end the child, unless its number is another's by now.
const WATCHDOG: &str = r#"
read -r word
[ "$word" = done ] && exit 0
[ "$(cut -d' ' -f22 "/proc/$2/stat" 2>/dev/null)" = "$3" ] && kill -s "$1" "$2"
"#;
/// How long a child may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running child and its watchdog.
#[derive(Debug)]
pub(crate) struct Owned {
    process: Process,
    end: Signal,
    watchdog: Child,
}

impl Owned {
    /// Takes ownership of `process`; `end` is the signal that ends it at once and cleanly.
    pub(crate) fn new(process: Process, end: Signal) -> Result<Self> {
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(end.as_str().trim_start_matches("SIG"))
            .args([process.pid.to_string(), process.started.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start a watchdog")?;
        Ok(Self {
            process,
            end,
            watchdog,
        })
    }

    /// The process itself.
    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    /// Ends it at once, as a crash would (SIGKILL), and waits until it is gone.
    pub(crate) async fn kill(&self) -> Result<()> {
        self.process.kill().await
    }

    /// Asks it to end and waits until it is gone.
    pub(crate) async fn stop(&self) -> Result<()> {
        self.process.stop(PATIENCE).await.map(|_| ())
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // A process that is gone already needs no signal; nothing can be reported from here.
        let _ = self.process.signal(self.end);
        if let Some(mut pipe) = self.watchdog.stdin.take() {
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.watchdog.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{process::Command, time::Duration};

    use nix::sys::signal::Signal;

    use super::Owned;
    use crate::fleet::Process;

    fn sleeper(folder: &std::path::Path) -> Process {
        let mut command = Command::new("sleep");
        Process::spawn("sleeper", command.arg("600"), &folder.join("log")).unwrap()
    }

    #[tokio::test]
    async fn a_child_ends_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path());
        drop(Owned::new(process.clone(), Signal::SIGKILL).unwrap());
        assert!(process.ends_within(Duration::from_mins(1)).await);
    }

    #[tokio::test]
    async fn a_child_ends_when_the_pipe_to_its_watchdog_does() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path());
        let mut owned = Owned::new(process.clone(), Signal::SIGKILL).unwrap();
        drop(owned.watchdog.stdin.take());
        assert!(process.ends_within(Duration::from_mins(1)).await);
    }
}
