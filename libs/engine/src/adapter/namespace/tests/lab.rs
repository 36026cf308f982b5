//! Networks made by a test for itself: one that stands for a worker's, and one behind it with the
//! targets. Nothing on the machine's own network is asked or changed.
use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpListener, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use super::super::{Holder, IP, NFT};
use crate::adapter::{Egress, Tool, ToolSetting, ToolTask, Tools};

/// What a process that is this test binary once more is to be.
const ROLE: &str = "WT_LAB_ROLE";
/// What such a process is told.
const TOLD: &str = "WT_LAB_TOLD";
/// The test that plays every role but the lab's.
const PLAYER: &str = "adapter::namespace::tests::plays_its_role_in_a_lab";
/// Patience with what takes moments.
const PATIENCE: Duration = Duration::from_secs(30);

/// The places a tool is given.
pub(super) const TARGET: &str = "10.77.0.2";
pub(super) const TARGET_V6: &str = "fd77::2";
pub(super) const PORT: u16 = 80;
/// Where the worker is seen from the targets.
pub(super) const WORKER: &str = "10.77.0.1";
/// Where something listens behind the lab: the first two are permitted, no other.
const PLACES: [&str; 7] = [
    "10.77.0.2:80",
    "[fd77::2]:80",
    "10.77.0.2:81",
    "10.77.0.2:53",
    "10.77.0.3:80",
    "[fd77::2]:81",
    "[fd77::3]:80",
];
/// Where datagrams are counted.
const NAME_SERVER: &str = "10.77.0.2:53";

/// Runs `scenario` of the test called `name` in a network of its own; true inside.
pub(super) fn is_inside(name: &str) -> bool {
    if role().as_deref() == Some("lab") {
        return true;
    }
    if let Err(why) = possible() {
        wt_testkit::skip(&format!("confined tools: {name}"), &why);
        return false;
    }
    let test = format!("adapter::namespace::tests::{name}");
    let mut command = Command::new("unshare");
    command.args(["--net", "--"]).arg(own());
    let ended = command
        .args(["--exact", &test, "--nocapture"])
        .env(ROLE, "lab")
        .status();
    assert!(ended.unwrap().success(), "{name}, inside");
    false
}

/// Why no lab can be made here.
fn possible() -> Result<(), String> {
    for (program, words) in [
        (
            "unshare",
            &["--net", "--pid", "--fork", "--", "nft", "list", "tables"] as &[&str],
        ),
        ("ip", &["-Version"]),
        ("setpriv", &["--bounding-set=-all", "--", "true"]),
    ] {
        let mut command = Command::new(program);
        let ended = command.args(words).env("PATH", PATH).output();
        let ended = ended.map_err(|error| format!("{program}: {error}"))?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            return Err(said.lines().next().unwrap_or("it may not").to_owned());
        }
    }
    Ok(())
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) fn role() -> Option<String> {
    env::var(ROLE).ok()
}

pub(super) fn told() -> String {
    env::var(TOLD).unwrap_or_default()
}

fn own() -> PathBuf {
    env::current_exe().unwrap()
}

/// This binary once more, in a role.
pub(super) fn player(role: &str, told: &str) -> Command {
    in_role(Command::new(own()), role, told)
}

/// The same behind other words, such as those that take a capability away.
pub(super) fn player_behind(words: &[&str], role: &str, told: &str) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(own());
    in_role(command, role, told)
}

fn in_role(mut command: Command, role: &str, told: &str) -> Command {
    command
        .args(["--exact", PLAYER, "--nocapture"])
        .env(ROLE, role)
        .env(TOLD, told);
    command
}

/// A tool that is this binary in a role, and ignores what it is given.
pub(super) fn tool(folder: &Path, role: &str, told: &str) -> PathBuf {
    let path = folder.join(role);
    let text = format!(
        "#!/bin/sh\nexport {ROLE}={role} {TOLD}='{told}'\nexec {} --exact {PLAYER} --nocapture\n",
        own().display()
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

pub(super) fn tools(program: &Path) -> Tools {
    Tools::start(ToolSetting {
        paths: [(Tool::Naabu, program.to_owned())].into(),
        egress: Egress::Namespace,
        nuclei_templates: None,
    })
}

pub(super) fn task(addresses: &[&str]) -> ToolTask {
    ToolTask {
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        ports: [PORT].into_iter().collect(),
        name: None,
        per_second: 50,
        user_agent: String::new(),
    }
}

/// The network of the targets, and who listens there.
pub(super) struct Lab {
    _targets: Holder,
    listener: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Lab {
    pub(super) fn new() -> Self {
        for path in ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"] {
            fs::write(Path::new("/proc/sys").join(path), "1").unwrap();
        }
        let targets = Holder::start().unwrap();
        let network = targets.path("net");
        let id = network.split('/').nth(2).unwrap();
        let here = format!(
            "link set lo up\nlink add lab0 type veth peer name eth0 netns {id}\n\
             addr add {WORKER}/24 dev lab0\naddr add fd77::1/64 dev lab0 nodad\nlink set lab0 up\n"
        );
        IP.run(None, &["-batch", "-"], &here).unwrap();
        let there = "link set lo up\naddr add 10.77.0.2/24 dev eth0\naddr add 10.77.0.3/24 dev eth0\n\
             addr add fd77::2/64 dev eth0 nodad\naddr add fd77::3/64 dev eth0 nodad\nlink set eth0 up\n";
        IP.run(Some(&network), &["-batch", "-"], there).unwrap();
        let net = format!("--net={network}");
        let mut listener = player_behind(&["nsenter", &net, "--"], "listener", "")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let ask = listener.stdin.take().unwrap();
        let answers = BufReader::new(listener.stdout.take().unwrap());
        let mut lab = Self {
            _targets: targets,
            listener,
            ask,
            answers,
        };
        // It answers when it listens.
        assert!(lab.arrivals().values().all(|count| *count == 0));
        lab
    }

    /// Lets the worker's address stand for loopback, which is where test servers listen.
    pub(super) fn serve_loopback() {
        fs::write("/proc/sys/net/ipv4/conf/all/route_localnet", "1").unwrap();
        let rule = |hook: &str| {
            format!(
                "chain {hook} {{\n type nat hook {hook} priority -100; policy accept;\n \
                 ip daddr {WORKER} dnat to 127.0.0.1\n}}\n"
            )
        };
        let table = format!(
            "table ip lab {{\n{}{}}}\n",
            rule("prerouting"),
            rule("output")
        );
        NFT.run(None, &["-f", "-"], &table).unwrap();
    }

    /// Connections and datagrams so far, by where they arrived. The kernel keeps what nobody has
    /// accepted yet, so that none is missed.
    pub(super) fn arrivals(&mut self) -> BTreeMap<String, u32> {
        writeln!(self.ask, "count").unwrap();
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "it is gone");
            // Another line may have been begun by the test harness of its process.
            if let Some((_, counts)) = line.split_once("arrived ") {
                return serde_json::from_str(counts).unwrap();
            }
        }
    }

    /// Arrivals anywhere but where a tool may go.
    pub(super) fn strayed(&mut self) -> Vec<(String, u32)> {
        let all = self.arrivals().into_iter();
        all.filter(|(place, count)| *count > 0 && !PLACES[..2].contains(&&**place))
            .collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.listener.kill();
        let _ = self.listener.wait();
    }
}

/// Listens, and says how often somebody came, when asked.
pub(super) fn listen() {
    let listeners = PLACES.map(|place| {
        let listener = TcpListener::bind(place).unwrap();
        listener.set_nonblocking(true).unwrap();
        (place, listener)
    });
    let datagrams = UdpSocket::bind(NAME_SERVER).unwrap();
    datagrams.set_nonblocking(true).unwrap();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut kept = Vec::new();
    for line in std::io::stdin().lines() {
        line.unwrap();
        for (place, listener) in &listeners {
            let count = counts.entry((*place).to_owned()).or_default();
            loop {
                match listener.accept() {
                    Ok((stream, _)) => {
                        *count += 1;
                        kept.push(stream);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    // It came, and went again.
                    Err(_) => *count += 1,
                }
            }
        }
        let count = counts.entry(format!("{NAME_SERVER}/udp")).or_default();
        while datagrams.recv_from(&mut [0; 64]).is_ok() {
            *count += 1;
        }
        println!("arrived {}", serde_json::to_string(&counts).unwrap());
    }
}

/// Links and tables of ours in this network.
pub(super) fn left_behind() -> (usize, usize) {
    let links = IP.run(None, &["-o", "link"], "").unwrap();
    let tables = NFT.run(None, &["list", "tables"], "").unwrap();
    let count = |text: &str, what: &str| text.lines().filter(|line| line.contains(what)).count();
    (count(&links, ": wtt"), count(&tables, "inet wtt"))
}

/// Processes whose arguments contain a word, zombies not counted.
pub(super) fn processes(word: &str) -> usize {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(word))
        .count()
}

/// Waits for a fact.
pub(super) fn until(what: &str, mut fact: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !fact() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// An address with a port.
pub(super) fn at(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), port)
}
