//! A hostile target tries everything it can to send the scanner elsewhere. Every other address
//! counts who comes: nobody does.
#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]
use std::{
    io::Write,
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use wt_targets::{DnsAnswer, serve_dns};

use crate::{
    lab::{Lab, Reply},
    support::{any_port, config, job, run_with, seen},
};

/// Where the hostile target lives; everything else in this file is outside the scope.
const TARGET: &str = "127.0.17.1";
const OTHERS: [&str; 5] = ["127.0.17.2", "127.0.17.3", "127.0.0.1", "127.0.17.9", "::1"];

/// Every other address, on the target's port and another, over TCP and UDP.
struct Traps {
    port: u16,
    other_port: u16,
    caught: Arc<AtomicUsize>,
    _udp: Vec<UdpSocket>,
}

impl Traps {
    /// Finds two ports that are free everywhere. The threads end with the process.
    fn set() -> Self {
        let caught: Arc<AtomicUsize> = Arc::default();
        let mut all = Vec::new();
        let (port, other_port) = loop {
            let free = || {
                TcpListener::bind((TARGET, 0))
                    .unwrap()
                    .local_addr()
                    .unwrap()
                    .port()
            };
            let ports = (free(), free());
            let places = OTHERS
                .iter()
                .flat_map(|ip| [(*ip, ports.0), (*ip, ports.1)])
                .chain([(TARGET, ports.1)]);
            let bound: Result<Vec<_>, _> = places
                .map(|(ip, port)| {
                    let at = SocketAddr::new(ip.parse().unwrap(), port);
                    Ok::<_, std::io::Error>((TcpListener::bind(at)?, UdpSocket::bind(at)?))
                })
                .collect();
            if let Ok(bound) = bound {
                all.extend(bound);
                break ports;
            }
        };
        let mut udp = Vec::new();
        for (listener, socket) in all {
            let count = Arc::clone(&caught);
            std::thread::spawn(move || {
                while listener.accept().is_ok() {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
            let (count, waiting) = (Arc::clone(&caught), socket.try_clone().unwrap());
            std::thread::spawn(move || {
                while waiting.recv_from(&mut [0; 64]).is_ok() {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
            udp.push(socket);
        }
        Self {
            port,
            other_port,
            caught,
            _udp: udp,
        }
    }

    /// Everything that came so far. A connection is accepted by the kernel before the thread gets
    /// to count it, so one of our own is sent after it and waited for.
    fn caught(&self) -> usize {
        let mut own = 0;
        for ip in OTHERS {
            for port in [self.port, self.other_port] {
                let at = SocketAddr::new(ip.parse().unwrap(), port);
                drop(std::net::TcpStream::connect(at).unwrap());
                own += 1;
            }
        }
        let deadline = std::time::Instant::now() + Duration::from_mins(1);
        while self.caught.load(Ordering::SeqCst) < own {
            assert!(
                std::time::Instant::now() < deadline,
                "a trap does not count"
            );
            std::thread::yield_now();
        }
        self.caught.swap(0, Ordering::SeqCst) - own
    }

    fn target(&self) -> SocketAddr {
        SocketAddr::new(TARGET.parse().unwrap(), self.port)
    }
}

/// Places a redirect, a header or a template may name, all of them elsewhere.
fn elsewhere(port: u16, other_port: u16) -> Vec<String> {
    vec![
        format!("http://127.0.17.2:{port}/"),
        format!("//127.0.17.2:{port}/"),
        format!("http://2130710786:{port}/"),
        format!("http://0177.0.021.2:{port}/"),
        format!("http://0x7f.0.0x11.0x2:{port}/"),
        format!("http://127.4354:{port}/"),
        format!("http://[::ffff:127.0.17.2]:{port}/"),
        format!("http://[::ffff:7f00:1102]:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://{TARGET}@127.0.17.2:{port}/"),
        format!("http://{TARGET}:{port}@127.0.17.2:{port}/"),
        format!("http://{TARGET}%2f@127.0.17.2:{port}/"),
        format!("http://127.0.17.2:{port}#@{TARGET}:{port}/"),
        format!("http://127.0.17.2:{port}\\@{TARGET}:{port}/"),
        format!("http:127.0.17.2:{port}/"),
        format!("http:///127.0.17.2:{port}/"),
        format!("http://{TARGET}:{other_port}/"),
        format!("https://{TARGET}:{other_port}/"),
        format!("http://localhost:{port}/"),
        format!("http://127.0.17.2.:{port}/"),
        format!("\thttp://127.0.17.2:{port}/"),
        format!("ftp://127.0.17.2:{port}/"),
        "file:///etc/hostname".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_points_elsewhere_in_any_spelling_sends_nobody_there() {
    let traps = Traps::set();
    let (port, other_port) = (traps.port, traps.other_port);
    let places = elsewhere(port, other_port);
    let at = Arc::new(AtomicUsize::new(0));
    let (now, list) = (Arc::clone(&at), places.clone());
    let target = Lab::start(traps.target(), move |_, head| {
        let to = &list[now.load(Ordering::SeqCst)];
        let alternative = format!("h2=\"127.0.17.2:{port}\"; ma=86400");
        let headers = [
            ("location", to.as_str()),
            ("alt-svc", &alternative),
            ("refresh", &format!("0; url={to}")),
            ("link", &format!("<{to}>; rel=preload")),
            ("content-location", to),
            ("content-type", "text/html"),
        ];
        let body = format!(
            "<title>x</title><base href=\"{to}\"><meta http-equiv=refresh content=\"0;url={to}\">"
        );
        match head.split(' ').nth(1).unwrap_or_default() {
            // A chain that begins at home.
            "/" => Reply::page(302, &[("location", "/one")], ""),
            "/one" => Reply::page(307, &[("location", "two")], ""),
            "/two" => Reply::page(302, &headers, &body),
            _ => Reply::page(301, &headers, &body),
        }
    })
    .await;
    for (index, place) in places.iter().enumerate() {
        at.store(index, Ordering::SeqCst);
        let setting = config(&["127.0.0.0/8", "::1/128"], None);
        let report = run_with(setting, &job(&[TARGET], &[port])).await;
        assert!(seen(&report, port).contains("http.service"), "{place}");
        assert_eq!(traps.caught(), 0, "{place}");
    }
    assert!(target.heard().iter().any(|heard| heard.path() == "/two"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_moves_or_becomes_an_alias_sends_nobody_there() {
    let traps = Traps::set();
    let port = traps.port;
    let _target = Lab::start(traps.target(), |_, _| {
        Reply::page(200, &[("content-type", "text/html")], "<title>x</title>")
    })
    .await;
    let here = DnsAnswer::Addresses(vec![TARGET.parse().unwrap()]);
    let there = |ip: &str| DnsAnswer::Addresses(vec![ip.parse::<IpAddr>().unwrap()]);
    let alias = |name: &str| DnsAnswer::Alias(name.to_owned());
    let names = [
        ("rebind.example", vec![here.clone(), there("127.0.17.2")]),
        ("swap.example", vec![here.clone(), alias("trap.example")]),
        ("alias.example", vec![alias("trap.example")]),
        ("mapped.example", vec![there("::ffff:127.0.17.2")]),
        ("trap.example", vec![there("127.0.17.3")]),
    ]
    .map(|(name, answers)| (name.to_owned(), answers));
    let dns = serve_dns(any_port("127.0.17.8"), names.into())
        .await
        .unwrap();
    for name in [
        "rebind.example",
        "swap.example",
        "alias.example",
        "mapped.example",
    ] {
        // The operator opened the target's address and nothing else.
        let setting = config(&[TARGET], Some(dns.address()));
        let report = run_with(setting, &job(&[name], &[port])).await;
        assert_eq!(traps.caught(), 0, "{name}");
        let is_first_inside = name == "rebind.example" || name == "swap.example";
        assert_eq!(
            seen(&report, port).contains("http.service"),
            is_first_inside,
            "{name}"
        );
        assert!(!report.denials.is_empty(), "{name} is on record");
    }
}

/// Templates that name places of their own, by every means the language has.
fn hostile_templates(port: u16, other_port: u16) -> Vec<String> {
    let info = "info: {name: x, author: x, severity: info}";
    let status = "matchers: [{type: status, status: [200]}]";
    let mut all: Vec<String> = elsewhere(port, other_port)
        .iter()
        .map(|to| {
            let path = to.trim().replace('\\', "\\\\").replace('"', "\\\"");
            format!("{info}\nhttp:\n- method: GET\n  path: [\"{path}\"]\n  {status}")
        })
        .collect();
    let raw = |lines: &[&str]| {
        let lines: Vec<String> = lines.iter().map(|line| format!("      {line}")).collect();
        format!(
            "{info}\nhttp:\n- raw:\n  - |\n{}\n\n  {status}",
            lines.join("\n")
        )
    };
    let away = format!("127.0.17.2:{port}");
    all.extend([
        raw(&["GET / HTTP/1.1", &format!("Host: {away}")]),
        raw(&[&format!("GET http://{away}/ HTTP/1.1"), &format!("Host: {away}")]),
        raw(&[&format!("@Host: http://{away}"), "GET / HTTP/1.1", "Host: {{Hostname}}"]),
        raw(&["@tls-sni: request.host", "GET / HTTP/1.1", "Host: 127.0.17.2"]),
        raw(&[&format!("CONNECT {away} HTTP/1.1"), &format!("Host: {away}")]),
        raw(&[&format!("GET @{away}/ HTTP/1.1"), "Host: {{Hostname}}"]),
        format!("{info}\nhttp:\n- method: GET\n  path: [\"{{{{BaseURL}}}}@{away}/\", \"{{{{BaseURL}}}}.{away}/\", \"http://{{{{Host}}}}:{other_port}/\"]\n  redirects: true\n  max-redirects: 5\n  {status}"),
        format!("{info}\nhttp:\n- method: GET\n  path: [\"{{{{BaseURL}}}}/away\"]\n  host-redirects: true\n  max-redirects: 5\n  {status}"),
        format!("{info}\nhttp:\n- method: GET\n  path: [\"{{{{BaseURL}}}}/away\"]\n  redirects: true\n  max-redirects: 5\n  {status}"),
        format!("{info}\nvariables:\n  place: \"{away}\"\nhttp:\n- method: GET\n  path: [\"http://{{{{place}}}}/\"]\n  {status}"),
        format!("{info}\ntcp:\n- host: [\"{away}\"]\n  inputs: [{{data: hello}}]\n  matchers: [{{type: word, words: [x]}}]"),
        format!("{info}\ntcp:\n- host: [\"{{{{Host}}}}:{other_port}\"]\n  inputs: [{{data: hello}}]\n  matchers: [{{type: word, words: [x]}}]"),
        format!("{info}\nssl:\n- address: \"{away}\"\n  matchers: [{{type: dsl, dsl: [\"true\"]}}]"),
        format!("{info}\ndns:\n- name: \"{{{{FQDN}}}}\"\n  type: A\n  resolvers: [\"{away}\"]\n  matchers: [{{type: word, words: [x]}}]"),
    ]);
    all.iter()
        .enumerate()
        .map(|(index, text)| format!("id: hostile-{index}\n{text}\n"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_and_the_environment_send_nobody_elsewhere() {
    let traps = Traps::set();
    let (port, other_port) = (traps.port, traps.other_port);
    let to = format!("http://127.0.17.2:{port}/");
    let target = Lab::start(traps.target(), move |_, head| {
        if head.contains("/away") {
            Reply::page(302, &[("location", &to)], "")
        } else {
            Reply::page(200, &[("content-type", "text/html")], "<title>x</title>")
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    for (index, text) in hostile_templates(port, other_port).iter().enumerate() {
        let mut file = std::fs::File::create(folder.path().join(format!("{index}.yaml"))).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    let proxy = format!("http://127.0.17.9:{port}");
    let binary = env!("CARGO_BIN_EXE_watchtower-engine");
    let of_engine = |more: &[&str]| {
        let mut command = Command::new(binary);
        command
            .args([
                "run",
                "--allow-network",
                "127.0.0.0/8",
                "--allow-network",
                "::1/128",
            ])
            .args(more);
        for name in [
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "ftp_proxy",
            "socks_proxy",
        ] {
            command.env(name, &proxy).env(name.to_uppercase(), &proxy);
        }
        command
            .env("RES_OPTIONS", "ndots:0")
            .env("HOSTALIASES", "/dev/null")
            .env("SSL_CERT_FILE", "/dev/null");
        command
    };
    let url = format!("http://{}", target.address());
    let templates = folder.path().display().to_string();
    let (runs, ports) = (
        [
            "--template",
            &templates,
            "--policy",
            "intrusive",
            "--target",
            &url,
            "--jsonl",
        ],
        port.to_string(),
    );
    for arguments in [
        &runs[..],
        &["--target", TARGET, "--ports", &ports, "--jsonl"][..],
    ] {
        let mut command = of_engine(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert_eq!(traps.caught(), 0, "{said}");
    }
    let heard = target.heard();
    assert!(
        heard.iter().any(|heard| heard.head.contains("/away")),
        "the templates ran"
    );
    assert!(heard.len() > 5, "{}", heard.len());
}
