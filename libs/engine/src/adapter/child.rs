//! One child process: no shell, no environment, its own process group, and limits on all it takes.
use std::{
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    time::{Instant, timeout_at},
};

use super::namespace::{Namespace, NamespaceFault};

/// Sets limits on what it starts; part of util-linux, and so of every distribution.
const PRLIMIT: &str = "prlimit";
/// Where it and the libraries' helpers are looked for: nothing of this process's environment
/// reaches a child, its proxy variables and credentials least of all.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// Seconds of CPU time: a sweep of a thousand ports takes one.
const CPU_SECONDS_MAX: u64 = 300;
/// Address space. Go programs reserve much more than they use; what they use is told them apart.
const MEMORY_BYTES_MAX: u64 = 8 << 30;
/// What a program in Go tries to stay below.
const GO_MEMORY: &str = "1GiB";
/// Open files, sockets included.
const FILES_MAX: u64 = 1_024;
/// Most bytes of one file it writes.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Most bytes of its output that are read.
const OUTPUT_BYTES_MAX: usize = 32 << 20;
/// Most bytes of one line; a longer one is not listened to.
const LINE_BYTES_MAX: usize = 1 << 20;
/// Longest call, whatever the job's deadline.
pub(super) const TIME_MAX: Duration = Duration::from_mins(10);
/// Patience with a child that said all it has to say.
const EXIT_PATIENCE: Duration = Duration::from_secs(5);

/// Why a call ended before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChildFault {
    #[error("it can't be started")]
    Start(#[source] std::io::Error),
    #[error("it ran out of time")]
    Time,
    #[error("it said more than is listened to")]
    Output,
    #[error("it ended with {0}")]
    Status(ExitStatus),
    #[error("it gets no network namespace: {0}")]
    Namespace(#[from] NamespaceFault),
}

/// A program with its arguments.
pub(super) struct Call<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [String],
    pub(super) deadline: Instant,
    pub(super) hears: Hears,
    /// The namespace it runs in, which ends it with everything it started.
    pub(super) within: Option<&'a Namespace>,
}

/// Which of its two voices is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hears {
    /// What it found.
    Output,
    /// What it says about itself.
    Errors,
}

/// Ends a whole process group when it goes out of use: also when the job is cancelled, which
/// drops whatever waits here.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody may be left of it.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

impl Call<'_> {
    /// The call as one line, for the evidence.
    pub(super) fn told(&self) -> String {
        let name = self.program.file_name().unwrap_or_default();
        let words = std::iter::once(name.to_string_lossy().into_owned());
        let words: Vec<String> = words.chain(self.arguments.iter().cloned()).collect();
        words.join(" ")
    }

    /// Runs it and hands each line it says to `hear`, as it comes.
    pub(super) async fn run(&self, hear: &mut (dyn FnMut(&[u8]) + Send)) -> Result<(), ChildFault> {
        let home = tempfile::tempdir().map_err(ChildFault::Start)?;
        let mut child = self.start(home.path()).map_err(ChildFault::Start)?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok());
        // A namespace is left to end its own: who brought the child in has to see it go.
        let leader = leader.filter(|_| self.within.is_none());
        let _group = Group(leader.map(Pid::from_raw));
        let deadline = self.deadline.min(Instant::now() + TIME_MAX);
        let heard = match (child.stdout.take(), child.stderr.take()) {
            (Some(output), _) => timeout_at(deadline, hear_all(output, hear)).await,
            (None, Some(errors)) => timeout_at(deadline, hear_all(errors, hear)).await,
            (None, None) => Ok(Ok(())),
        };
        heard.map_err(|_| ChildFault::Time)??;
        let exit = timeout_at(Instant::now() + EXIT_PATIENCE, child.wait()).await;
        let status = exit
            .map_err(|_| ChildFault::Time)?
            .map_err(ChildFault::Start)?;
        if status.success() {
            Ok(())
        } else {
            Err(ChildFault::Status(status))
        }
    }

    fn start(&self, home: &Path) -> std::io::Result<Child> {
        let entering = self.within.map(Namespace::prefix).unwrap_or_default();
        let mut words = entering.into_iter().chain([PRLIMIT.to_owned()]);
        Command::new(words.next().unwrap_or_default())
            .args(words)
            .arg("--core=0")
            .arg(format!("--cpu={CPU_SECONDS_MAX}"))
            .arg(format!("--as={MEMORY_BYTES_MAX}"))
            .arg(format!("--nofile={FILES_MAX}"))
            .arg(format!("--fsize={FILE_BYTES_MAX}"))
            .arg("--")
            .arg(self.program)
            .args(self.arguments)
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", home)
            .env("LC_ALL", "C")
            .env("GOMEMLIMIT", GO_MEMORY)
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(if self.hears == Hears::Output {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stderr(if self.hears == Hears::Errors {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .process_group(0)
            .kill_on_drop(self.within.is_none())
            .spawn()
    }
}

/// Hears every line within the bounds.
async fn hear_all(
    output: impl AsyncRead + Unpin,
    hear: &mut (dyn FnMut(&[u8]) + Send),
) -> Result<(), ChildFault> {
    let mut output = BufReader::new(output);
    let (mut line, mut heard, mut is_too_long) = (Vec::new(), 0_usize, false);
    loop {
        let (taken, is_end) = {
            let bytes = output.fill_buf().await.map_err(ChildFault::Start)?;
            if bytes.is_empty() {
                if !line.is_empty() && !is_too_long {
                    hear(&line);
                }
                return Ok(());
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            is_too_long |= line.len() + part.len() > LINE_BYTES_MAX;
            if !is_too_long {
                line.extend_from_slice(part);
            }
            (end.map_or(bytes.len(), |end| end + 1), end.is_some())
        };
        output.consume(taken);
        heard += taken;
        if heard > OUTPUT_BYTES_MAX {
            return Err(ChildFault::Output);
        }
        if is_end {
            if !is_too_long {
                hear(&line);
            }
            line.clear();
            is_too_long = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use nix::{sys::signal::kill, unistd::Pid};
    use tokio::time::Instant;

    use super::{Call, ChildFault, Hears, LINE_BYTES_MAX};

    /// Says what a shell script does as a tool.
    async fn script(text: &str, time: Duration) -> (Vec<String>, Result<(), ChildFault>) {
        let arguments = ["-c".to_owned(), text.to_owned()];
        let call = Call {
            program: Path::new("/bin/sh"),
            arguments: &arguments,
            deadline: Instant::now() + time,
            hears: Hears::Output,
            within: None,
        };
        let mut heard = Vec::new();
        let mut hear = |line: &[u8]| heard.push(String::from_utf8_lossy(line).into_owned());
        let ended = call.run(&mut hear).await;
        (heard, ended)
    }

    fn is_alive(pid: &str) -> bool {
        kill(Pid::from_raw(pid.parse().unwrap()), None).is_ok()
    }

    async fn dies(pid: &str) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while is_alive(pid) {
            assert!(Instant::now() < deadline, "{pid} lives on");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_child_inherits_nothing_and_has_limits() {
        let text = "env; ulimit -n; ulimit -t; ulimit -v; ulimit -c; pwd";
        let (heard, ended) = script(text, Duration::from_secs(20)).await;
        ended.unwrap();
        let all = heard.join("\n");
        for name in ["CARGO", "USER=", "proxy", "PROXY"] {
            assert!(!all.contains(name), "{name} in {all}");
        }
        let limits = ["1024", "300", "8388608", "0"];
        let at = heard.iter().position(|line| line == "1024").unwrap();
        assert_eq!(heard[at..at + 4], limits);
        assert!(
            !Path::new(heard.last().unwrap()).exists(),
            "its folder is gone"
        );
    }

    #[tokio::test]
    async fn what_a_child_started_ends_with_it() {
        let text = "sleep 300 & echo $!; echo $$; wait";
        let (heard, ended) = script(text, Duration::from_millis(800)).await;
        assert!(matches!(ended, Err(ChildFault::Time)));
        assert_eq!(heard.len(), 2);
        for pid in heard {
            dies(&pid).await;
        }
        // One that leaves somebody behind and ends well.
        let text = "sleep 300 >/dev/null & echo $!";
        let (heard, ended) = script(text, Duration::from_secs(20)).await;
        ended.unwrap();
        dies(&heard[0]).await;
    }

    #[tokio::test]
    async fn a_call_nobody_waits_for_any_more_ends_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("pid");
        let text = format!("sleep 300 & echo $! > {}; echo; wait", note.display());
        let (told, mut has_told) = tokio::sync::mpsc::unbounded_channel();
        let arguments = ["-c".to_owned(), text];
        let waiting = tokio::spawn(async move {
            let call = Call {
                program: Path::new("/bin/sh"),
                arguments: &arguments,
                deadline: Instant::now() + Duration::from_mins(1),
                hears: Hears::Output,
                within: None,
            };
            call.run(&mut |_| told.send(()).unwrap()).await
        });
        has_told.recv().await.unwrap();
        let pid = std::fs::read_to_string(note).unwrap();
        assert!(is_alive(pid.trim()));
        waiting.abort();
        dies(pid.trim()).await;
    }

    #[tokio::test]
    async fn what_is_too_much_is_not_listened_to() {
        let (_, ended) = script("yes 0123456789012345", Duration::from_mins(1)).await;
        assert!(matches!(ended, Err(ChildFault::Output)));
        let text = format!(
            "head -c {} /dev/zero | tr '\\0' x; echo; echo after",
            LINE_BYTES_MAX + 1
        );
        let (heard, ended) = script(&text, Duration::from_secs(20)).await;
        ended.unwrap();
        assert_eq!(heard, ["after"]);
    }

    #[tokio::test]
    async fn a_tool_that_fails_or_is_not_there_says_so() {
        let (heard, ended) = script("echo seen; exit 3", Duration::from_secs(20)).await;
        assert!(matches!(ended, Err(ChildFault::Status(_))));
        assert_eq!(heard, ["seen"], "what it said until then counts");
        let call = Call {
            program: Path::new("/nowhere/tool"),
            arguments: &[],
            deadline: Instant::now() + Duration::from_secs(20),
            hears: Hears::Output,
            within: None,
        };
        assert!(call.run(&mut |_| {}).await.is_err());
    }
}
