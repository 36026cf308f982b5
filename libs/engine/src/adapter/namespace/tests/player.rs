//! What a hostile tool would try, one after the other, and what came of each.
use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    process::{Command, Stdio},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

use super::lab::{TARGET, TARGET_V6, WORKER, at};

/// Patience with one attempt: what is refused is refused at once.
const PATIENCE: Duration = Duration::from_secs(3);

fn connects(to: SocketAddr) -> bool {
    TcpStream::connect_timeout(&to, PATIENCE).is_ok()
}

fn sends(to: SocketAddr) -> bool {
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).unwrap();
    socket.send_to(b"where is example.org?", to).is_ok()
}

fn opens(domain: Domain, kind: Type, protocol: Option<Protocol>) -> bool {
    Socket::new(domain, kind, protocol).is_ok()
}

fn runs(words: &[&str]) -> bool {
    let ended = Command::new(words[0]).args(&words[1..]).output();
    ended.is_ok_and(|ended| ended.status.success())
}

/// The gateway of this namespace: the worker's end of the link.
fn gateway() -> String {
    let routes = fs::read_to_string("/proc/net/route").unwrap();
    let hex = routes.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words.get(1) == Some(&"00000000")).then(|| words[2].to_owned())
    });
    let number = u32::from_str_radix(&hex.unwrap_or("0100007f".to_owned()), 16).unwrap();
    std::net::Ipv4Addr::from(number.swap_bytes()).to_string()
}

/// Tries everything, and writes `name=outcome` to the file it is told of; `what` is the worker's
/// process and port.
pub(super) fn escape(note: &str, worker: &str, port: u16) {
    let environment = format!("/proc/{worker}/environ");
    let network = format!("--net=/proc/{worker}/ns/net");
    let gateway = gateway();
    let nft = "/usr/sbin/nft";
    let tries: [(&str, bool); 21] = [
        (
            "permitted",
            connects(at(TARGET, 80)) || connects(at(TARGET_V6, 80)),
        ),
        ("neighbour port", connects(at(TARGET, 81))),
        ("neighbour port v6", connects(at(TARGET_V6, 81))),
        ("neighbour", connects(at("10.77.0.3", 80))),
        ("neighbour v6", connects(at("fd77::3", 80))),
        ("name server", connects(at(TARGET, 53))),
        ("name server udp", sends(at(TARGET, 53))),
        ("anybody's name server", sends(at("192.0.2.53", 53))),
        ("worker", connects(at(WORKER, port))),
        ("worker by its link", connects(at(&gateway, port))),
        ("worker's loopback", connects(at("127.0.0.1", port))),
        ("frames", opens(Domain::PACKET, Type::RAW, None)),
        (
            "frames of datagrams",
            opens(Domain::PACKET, Type::DGRAM, None),
        ),
        ("raw", opens(Domain::IPV4, Type::RAW, Some(Protocol::TCP))),
        (
            "raw v6",
            opens(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6)),
        ),
        ("other rules", runs(&[nft, "flush", "ruleset"])),
        (
            "other rules as another",
            runs(&[
                "unshare",
                "--user",
                "--map-root-user",
                nft,
                "flush",
                "ruleset",
            ]),
        ),
        ("worker's network", runs(&["nsenter", &network, "true"])),
        (
            "another way",
            runs(&["/sbin/ip", "route", "add", "10.0.0.0/8", "dev", "eth0"]),
        ),
        (
            "worker's secrets",
            fs::read(environment).is_ok_and(|bytes| !bytes.is_empty()),
        ),
        ("worker's end", runs(&["kill", "-0", worker])),
    ];
    // Somebody who leaves the group and the session.
    let sleep = format!("300.{worker}");
    let mut stays = Command::new("setsid");
    stays
        .args(["--fork", "sleep", &sleep])
        .stdout(Stdio::null());
    stays.status().unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mut text = String::new();
    for (name, is_done) in tries {
        writeln!(text, "{name}={is_done}").unwrap();
    }
    for line in status.lines() {
        if line.starts_with("Cap") || line.starts_with("NoNewPrivs") {
            text.push_str(&line.replace(":\t", "="));
            text.push('\n');
        }
    }
    fs::write(note, text).unwrap();
    for address in [TARGET, TARGET_V6] {
        println!("\n{{\"ip\":\"{address}\",\"port\":80}}");
    }
}

/// Connects, and stays until the way is closed, with a word about each.
pub(super) fn hold(note: &str) {
    let mut note = OpenOptions::new()
        .create(true)
        .append(true)
        .open(note)
        .unwrap();
    let mut stream = TcpStream::connect_timeout(&at(TARGET, 80), PATIENCE).unwrap();
    writeln!(note, "in").unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    loop {
        // Nobody answers: this is the pause.
        let heard = stream.read(&mut [0; 1]);
        let is_cut = heard.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock);
        if is_cut || stream.write_all(b".").is_err() {
            break;
        }
    }
    writeln!(note, "cut, and again={}", connects(at(TARGET, 80))).unwrap();
}
