//! One figure of ours beside one of a peer.
use std::{
    fmt, fs,
    process::{Command, Output, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    libc::timeval,
    sys::resource::{UsageWho, getrusage},
};
use serde::Serialize;

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Better {
    Higher,
    Lower,
}

/// One row of `target/bench/results.json`.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    name: &'static str,
    ours: f64,
    peer: f64,
    unit: &'static str,
    /// Ours over the peer's.
    ratio: f64,
    better: Better,
}

impl Measured {
    /// Medians of rounds that were run in turns.
    pub(super) fn new(
        name: &'static str,
        unit: &'static str,
        better: Better,
        ours: &mut [f64],
        peer: &mut [f64],
    ) -> Self {
        let (ours, peer) = (median(ours), median(peer));
        Self {
            name,
            ours,
            peer,
            unit,
            ratio: ours / peer,
            better,
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:28} {:>12.3} of {:>12.3} {} = {:.3}",
            self.name, self.ours, self.peer, self.unit, self.ratio
        )
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What one command took.
pub(super) struct Took {
    pub(super) wall_s: f64,
    pub(super) cpu_s: f64,
    pub(super) said: String,
}

/// Runs a command to its end. CPU is that of all children that ended meanwhile: nothing else of
/// ours may end at the same time.
pub(super) fn take(command: &mut Command) -> Result<Took> {
    let before = children_cpu_s()?;
    let started = Instant::now();
    let output = command.output()?;
    judge(command, &output, before, started)
}

/// Between two looks at how much memory a command has had in use.
const MEMORY_LOOK: Duration = Duration::from_millis(2);

/// Runs a command to its end, and says how many bytes of memory it had in use at most: the
/// kernel's own high-water mark, as it stood at the last look before the end. What the kernel says
/// of a child that has ended would count what this process had in use when it started it.
pub(super) fn take_with_memory(command: &mut Command) -> Result<(Took, f64)> {
    let before = children_cpu_s()?;
    let started = Instant::now();
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let status = format!("/proc/{}/status", child.id());
    let (tell, ended) = mpsc::channel();
    let waiting = thread::spawn(move || {
        // Nobody listens only where the look below failed.
        let _ = tell.send(child.wait_with_output());
    });
    let mut most_kib = 0;
    let output = loop {
        let now = fs::read_to_string(&status).unwrap_or_default();
        most_kib = most_kib.max(high_water_kib(&now).unwrap_or_default());
        match ended.recv_timeout(MEMORY_LOOK) {
            Ok(output) => break output?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("nobody waited for the command"),
        }
    };
    if waiting.join().is_err() {
        bail!("waiting for the command failed");
    }
    Ok((
        judge(command, &output, before, started)?,
        f64::from(most_kib) * 1024.0,
    ))
}

/// `VmHWM:     1234 kB` of a process's status.
fn high_water_kib(status: &str) -> Option<u32> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn judge(command: &Command, output: &Output, cpu_before: f64, started: Instant) -> Result<Took> {
    let wall_s = started.elapsed().as_secs_f64();
    if !output.status.success() {
        bail!(
            "{} ended with {}: {}",
            command.get_program().display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(Took {
        wall_s,
        cpu_s: children_cpu_s()? - cpu_before,
        said: String::from_utf8_lossy(&output.stdout).into_owned(),
    })
}

fn children_cpu_s() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |value: timeval| {
        // Far below 2^52: no precision is lost.
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds and microseconds are small"
        )]
        let seconds = value.tv_sec as f64 + value.tv_usec as f64 / 1e6;
        seconds
    };
    Ok(seconds(*usage.user_time().as_ref()) + seconds(*usage.system_time().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_the_medians() {
        let mut ours = [1.0, 9.0, 2.0];
        let measured = Measured::new("x", "s", Better::Lower, &mut ours, &mut [4.0, 4.0, 1.0]);
        assert!((measured.ratio - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_memory_of_a_command_is_its_own() {
        let mut small = Command::new("sh");
        small.args(["-c", "read line < /proc/self/status"]);
        let (_, little) = take_with_memory(&mut small).unwrap();
        let mut large = Command::new("sh");
        large.args(["-c", "x=$(head -c 30000000 /dev/zero | tr '\\0' a); : $x"]);
        let (_, much) = take_with_memory(&mut large).unwrap();
        assert!(much > 30e6 && little < 20e6, "{much} {little}");
        assert_eq!(high_water_kib("Name: x\nVmHWM:\t 12 kB\n"), Some(12));
    }

    #[test]
    fn a_command_that_works_takes_cpu() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done",
        ]);
        let took = take(&mut command).unwrap();
        assert!(took.cpu_s > 0.01 && took.said == "done\n");
    }
}
