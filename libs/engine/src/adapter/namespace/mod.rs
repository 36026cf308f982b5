//! A network namespace for one call of a tool: the kernel lets out what the call was given, and
//! nothing else, until its time is over.
//!
//! A link leads out of it, over which this process's own network forwards. Both ends hold the same
//! lease: rules inside, which answer what they refuse, and rules outside, which the child could not
//! change as an administrator of its own network. Everything is tied to a process that ends with
//! this one ([`program::Holder`]), but for the table outside: one whose link is gone is swept at
//! the next start.
mod program;
mod refused;
mod rules;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fs,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use program::{Holder, IP, NFT, NSENTER, Trouble};
use rules::{INSIDE, Lease, PAIRS, PREFIX, Pair};

use super::ToolTask;

/// Pairs that are tried before giving up: as many as are in use at the same time, and more.
const TRIES: u16 = 1_024;
/// Where the kernel says whether it passes on what is not for itself.
const FORWARDS_V4: &str = "/proc/sys/net/ipv4/ip_forward";
const FORWARDS_V6: &str = "/proc/sys/net/ipv6/conf/all/forwarding";
/// An address of a documentation network: what the trial at the start is about.
const TRIAL: [u8; 4] = [192, 0, 2, 1];

/// Why a call gets no namespace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NamespaceFault {
    #[error(transparent)]
    Program(#[from] Trouble),
    #[error("CAP_{0} is missing")]
    Capability(&'static str),
    #[error("{0} is not on: what a tool sends is not passed on")]
    Forwarding(&'static str),
    #[error("{0} can't be reached from a network namespace of its own")]
    Unreachable(IpAddr),
    #[error("every link of this machine is in use")]
    Links,
    #[error("it was given up")]
    GivenUp,
}

/// What became of a call, as the kernel counted it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Packets that were not let out.
    pub(crate) packets: u64,
    /// Where they were meant for; not more than some dozens.
    pub(crate) places: Vec<SocketAddr>,
    /// What was let out of the namespace went no further.
    pub(crate) is_stuck: bool,
}

/// Makes namespaces; found out once that it can.
#[derive(Debug, Clone)]
pub(crate) struct Namespaces {
    next: Arc<AtomicU16>,
    /// Whether frames are filtered too, where they leave the link inside.
    has_egress: bool,
}

impl Namespaces {
    /// Sweeps what a killed process left, and makes and removes a namespace: what is missing here
    /// is said now and not in the middle of a run.
    pub(crate) fn start() -> Result<Self, NamespaceFault> {
        for (bit, name) in [(12, "NET_ADMIN"), (21, "SYS_ADMIN"), (8, "SETPCAP")] {
            if !has_capability(bit) {
                return Err(NamespaceFault::Capability(name));
            }
        }
        if !forwards(FORWARDS_V4) {
            return Err(NamespaceFault::Forwarding("net.ipv4.ip_forward"));
        }
        sweep()?;
        let mut all = Self {
            // Two workers in one network begin at different places.
            next: Arc::new(AtomicU16::new(rand::random())),
            has_egress: true,
        };
        let lease =
            Lease::of(&trial(), Duration::from_mins(1)).map_err(NamespaceFault::Unreachable)?;
        let trial = match all.open_leased(&lease) {
            Err(NamespaceFault::Program(Trouble::Failed("nft", _))) => {
                all.has_egress = false;
                all.open_leased(&lease)?
            }
            other => other?,
        };
        let words = trial.prefix();
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        NSENTER.run(None, &[words.as_slice(), &["true"]].concat(), "")?;
        Ok(all)
    }

    /// Whether frames are filtered inside as well.
    pub(crate) const fn has_egress(&self) -> bool {
        self.has_egress
    }

    /// A namespace for a task that may take `time`.
    pub(crate) async fn open(
        &self,
        task: &ToolTask,
        time: Duration,
    ) -> Result<Namespace, NamespaceFault> {
        let lease = Lease::of(task, time).map_err(NamespaceFault::Unreachable)?;
        if lease.has_v6() && !forwards(FORWARDS_V6) {
            return Err(NamespaceFault::Forwarding("net.ipv6.conf.all.forwarding"));
        }
        self.open_elsewhere(lease).await
    }

    /// A namespace that nothing leads out of.
    pub(crate) async fn open_closed(&self, time: Duration) -> Result<Namespace, NamespaceFault> {
        self.open_elsewhere(Lease::nothing(time)).await
    }

    /// The programs are waited for where waiting is no harm. Nobody may wait for the result any
    /// more: then it goes away again by itself.
    async fn open_elsewhere(&self, lease: Lease) -> Result<Namespace, NamespaceFault> {
        let all = self.clone();
        let opening = tokio::task::spawn_blocking(move || all.open_leased(&lease));
        opening.await.unwrap_or(Err(NamespaceFault::GivenUp))
    }

    fn open_leased(&self, lease: &Lease) -> Result<Namespace, NamespaceFault> {
        let holder = Holder::start()?;
        let network = holder.path("net");
        // The rules are there before there is a way out.
        NFT.run(Some(&network), &["-f", "-"], &rules::table_inside(lease))?;
        let pair = if lease.has_v4() || lease.has_v6() {
            Some(self.link(&holder, lease)?)
        } else {
            None
        };
        let made = Namespace {
            pair,
            network,
            holder,
        };
        if let Some(pair) = pair {
            NFT.run(None, &["-f", "-"], &pair.table_outside(lease))?;
            if self.has_egress {
                NFT.run(
                    Some(&made.network),
                    &["-f", "-"],
                    &rules::table_egress(lease),
                )?;
            }
            IP.run(None, &["-batch", "-"], &pair.link_outside(lease))?;
            IP.run(
                Some(&made.network),
                &["-batch", "-"],
                &pair.link_inside(lease),
            )?;
        }
        Ok(made)
    }

    /// A link whose name, and with it whose addresses, nobody has: the kernel refuses a second of
    /// one name, whoever asks.
    fn link(&self, holder: &Holder, lease: &Lease) -> Result<Pair, NamespaceFault> {
        let network = holder.path("net");
        let id = network.split('/').nth(2).unwrap_or_default();
        for _ in 0..TRIES.min(PAIRS) {
            let pair = Pair::new(self.next.fetch_add(1, Ordering::Relaxed));
            if lease.meets(pair) {
                continue;
            }
            let name = pair.name();
            let words = [
                "link", "add", &name, "type", "veth", "peer", "name", INSIDE, "netns", id,
            ];
            match IP.run(None, &words, "") {
                Ok(_) => return Ok(pair),
                Err(Trouble::Failed(_, said)) if said.contains("File exists") => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Err(NamespaceFault::Links)
    }
}

/// The namespace of one call; goes away when it goes out of use.
#[derive(Debug)]
pub(crate) struct Namespace {
    pair: Option<Pair>,
    network: String,
    holder: Holder,
}

impl Namespace {
    /// What to put before a program for it to run inside: without any capability or a way to get
    /// one back, and among processes that end with the namespace.
    pub(crate) fn prefix(&self) -> Vec<String> {
        let enter = [
            NSENTER.name().to_owned(),
            format!("--net={}", self.network),
            format!("--pid={}", self.holder.path("pid_for_children")),
        ];
        let drop = [
            "--",
            "setpriv",
            "--bounding-set=-all",
            "--inh-caps=-all",
            "--ambient-caps=-all",
            "--no-new-privs",
            "--",
        ];
        enter.into_iter().chain(drop.map(str::to_owned)).collect()
    }

    /// What was refused, and whether what was permitted got anywhere. Then it goes away.
    pub(crate) async fn close(self) -> Refused {
        let closing = tokio::task::spawn_blocking(move || self.refused());
        closing.await.unwrap_or_default()
    }

    fn refused(&self) -> Refused {
        let words = ["-j", "list", "ruleset"];
        let inside = NFT.run(Some(&self.network), &words, "").unwrap_or_default();
        let outside = self.pair.map(|pair| {
            let words = ["-j", "list", "table", "inet", &pair.name()];
            NFT.run(None, &words, "").unwrap_or_default()
        });
        refused::read(&inside, &outside.unwrap_or_default())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Waited for, some milliseconds: what is left behind by a process that ends right after
        // would be there until the next one starts. The link goes first: no way out without rules.
        if let Some(pair) = self.pair {
            let name = pair.name();
            let _ = IP.run(None, &["link", "delete", &name], "");
            let _ = NFT.run(None, &["delete", "table", "inet", &name], "");
        }
    }
}

/// Removes the tables whose links are gone, as those of a process that was killed are. A link is
/// made before its table, so that one of somebody else's is never among them.
fn sweep() -> Result<(), Trouble> {
    let tables = NFT.run(None, &["list", "tables", "inet"], "")?;
    let ours = tables
        .lines()
        .filter_map(|line| line.trim().strip_prefix("table inet "))
        .filter(|name| name.starts_with(PREFIX));
    // Not of `/sys`, which may show another network than this process's.
    let Ok(links) = fs::read_to_string("/proc/thread-self/net/dev") else {
        return Ok(());
    };
    let links = links.lines().filter_map(|line| line.split_once(':'));
    let links: BTreeSet<&str> = links.map(|(name, _)| name.trim()).collect();
    for name in ours {
        if !links.contains(name) {
            // Another worker that starts sweeps too.
            let _ = NFT.run(None, &["delete", "table", "inet", name], "");
        }
    }
    Ok(())
}

fn trial() -> ToolTask {
    ToolTask {
        addresses: vec![TRIAL.into()],
        ports: [9].into_iter().collect(),
        name: None,
        per_second: 1,
        user_agent: String::new(),
    }
}

fn forwards(path: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.trim() != "0")
}

/// Whether this process may use a capability.
fn has_capability(bit: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let all = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let all = all.and_then(|text| u64::from_str_radix(text.trim(), 16).ok());
    all.is_some_and(|all| all & (1 << bit) != 0)
}
