//! Debian's own programs for the kernel's networks: this workspace has no `unsafe`, and with it no
//! way to call the kernel itself.
use std::{
    io::{Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
};

/// Where they are looked for; nothing of this process's environment reaches them.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Seconds after which one is killed: they ask the kernel, and wait for nobody.
const PATIENCE: &str = "10";
/// What `timeout`, `nsenter` and `unshare` end with when there is no such program.
const NOT_THERE: i32 = 127;
/// Most characters of a complaint.
const SAID_MAX: usize = 200;

/// Why one of them did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("`{0}` is not there (package {1})")]
    NotThere(&'static str, &'static str),
    #[error("`{0}` says: {1}")]
    Failed(&'static str, String),
}

/// One of them, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Program(&'static str, &'static str);

pub(super) const NFT: Program = Program("nft", "nftables");
pub(super) const IP: Program = Program("ip", "iproute2");
pub(super) const UNSHARE: Program = Program("unshare", "util-linux");
pub(super) const NSENTER: Program = Program("nsenter", "util-linux");

impl Program {
    #[cfg(test)]
    pub(super) const fn new(name: &'static str, package: &'static str) -> Self {
        Self(name, package)
    }

    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        self.0
    }

    /// Runs it to its end, inside a namespace if one is named, and returns what it says.
    pub(super) fn run(
        self,
        inside: Option<&str>,
        arguments: &[&str],
        input: &str,
    ) -> Result<String, Trouble> {
        let enter = inside.map(|path| ["nsenter".to_owned(), format!("--net={path}")]);
        let mut child = command("timeout")
            .arg(PATIENCE)
            .args(enter.into_iter().flatten())
            .arg(self.0)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| Trouble::NotThere("timeout", "coreutils"))?;
        // One that ended before it read everything says why itself. Its input ends here.
        let _ = child
            .stdin
            .take()
            .map(|mut to| to.write_all(input.as_bytes()));
        let ended = child
            .wait_with_output()
            .map_err(|e| self.failed(&e.to_string()))?;
        match ended.status.code() {
            Some(0) => Ok(String::from_utf8_lossy(&ended.stdout).into_owned()),
            Some(NOT_THERE) => Err(Trouble::NotThere(self.0, self.1)),
            _ => Err(self.failed(&String::from_utf8_lossy(&ended.stderr))),
        }
    }

    fn failed(self, said: &str) -> Trouble {
        let line = said.lines().find(|line| !line.trim().is_empty());
        let line = crate::text::line(line.unwrap_or("nothing"));
        Trouble::Failed(self.0, line.chars().take(SAID_MAX).collect())
    }
}

/// A namespace's first process, which waits for its input to end. When this process ends, however
/// it does, the kernel closes that input, the first process ends, and with it every other of its
/// process namespace, the network namespace and the link into it.
#[derive(Debug)]
pub(super) struct Holder {
    child: Option<Child>,
    // Never written to again, and closed first.
    input: Option<ChildStdin>,
}

impl Holder {
    /// Makes a network and a process namespace.
    pub(super) fn start() -> Result<Self, Trouble> {
        let mut child = command(UNSHARE.0)
            .args(["--net", "--pid", "--kill-child=KILL", "--", "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| Trouble::NotThere(UNSHARE.0, UNSHARE.1))?;
        let (mut input, output) = (child.stdin.take(), child.stdout.take());
        // What it says back it says from inside.
        let is_sent = input.as_mut().is_some_and(|to| to.write_all(b".").is_ok());
        let mut byte = [0];
        let is_there = output.is_some_and(|mut from| from.read_exact(&mut byte).is_ok());
        if is_sent && is_there {
            return Ok(Self {
                child: Some(child),
                input,
            });
        }
        drop(input);
        let said = child.wait_with_output();
        let said = said.map(|ended| String::from_utf8_lossy(&ended.stderr).into_owned());
        Err(UNSHARE.failed(&said.unwrap_or_default()))
    }

    /// Where a namespace of its is: its own, or the one its children are born in.
    pub(super) fn path(&self, kind: &str) -> String {
        let id = self.child.as_ref().map_or(0, Child::id);
        format!("/proc/{id}/ns/{kind}")
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.input.take());
        let Some(mut child) = self.child.take() else {
            return;
        };
        // It ends when the last process inside is gone, which nobody here has to wait for. Where
        // there is no thread to be had, it is left to whoever starts this process.
        let reaper = std::thread::Builder::new().name("tool-reaper".to_owned());
        let _ = reaper.spawn(move || child.wait());
    }
}

fn command(program: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    // A signal of the terminal is for this process, which ends them in order.
    command
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .process_group(0);
    command
}
