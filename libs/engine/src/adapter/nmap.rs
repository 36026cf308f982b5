//! nmap: a connect scan without names, scripts or privileges, and its XML.
use std::net::IpAddr;

use wt_import::read_report;

use super::{Sighting, ToolTask};

/// A scan of exactly these addresses and ports.
pub(super) fn arguments(task: &ToolTask) -> Vec<String> {
    let words = [
        "-n",
        "-Pn",
        "-sT",
        "--unprivileged",
        "--max-retries",
        "1",
        "--no-stylesheet",
        "-oX",
        "-",
    ];
    let mut arguments: Vec<String> = words.map(str::to_owned).to_vec();
    arguments.extend(["--max-rate".to_owned(), task.per_second.max(1).to_string()]);
    arguments.extend(["-p".to_owned(), task.ports.to_string()]);
    if task.addresses.iter().any(IpAddr::is_ipv6) {
        arguments.push("-6".to_owned());
    }
    arguments.extend(task.addresses.iter().map(ToString::to_string));
    arguments
}

/// The open ports of the hosts that nmap was done with; a report that was cut off is read as far
/// as it goes.
pub(super) fn read(xml: &[u8]) -> Vec<Sighting> {
    let report = read_report(xml);
    let version = &report.version;
    let hosts = report.hosts.iter();
    hosts
        .filter(|host| !host.accepts_everything())
        .filter_map(|host| Some((host.address?, host)))
        .flat_map(|(address, host)| {
            let open = host.open.iter();
            open.map(move |open| sighting(address, open.port, version))
        })
        .collect()
}

fn sighting(address: IpAddr, port: u16, version: &str) -> Sighting {
    let said = format!("nmap {version}: {address} {port}/tcp open");
    Sighting::new(address, port, "port.open", said.as_bytes()).matched(&said)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{arguments, read};
    use crate::adapter::{Tool, ToolTask};

    const REPORT: &[u8] = include_bytes!("../../tests/tools/nmap.xml");

    fn places(xml: &[u8]) -> Vec<String> {
        let all = read(xml).into_iter();
        all.map(|s| format!("{}:{} {}", s.address, s.port, s.check))
            .collect()
    }

    #[test]
    fn open_ports_are_read_and_nothing_else() {
        assert_eq!(
            places(REPORT),
            ["127.0.26.1:8080 port.open", "127.0.26.1:8443 port.open"]
        );
    }

    #[test]
    fn a_report_that_was_cut_off_counts_as_far_as_hosts_were_done() {
        for end in 0..REPORT.len() {
            let found = places(&REPORT[..end]).len();
            let is_done = REPORT[..end].windows(7).any(|part| part == b"</host>");
            assert_eq!(found, if is_done { 2 } else { 0 }, "at {end}");
        }
    }

    #[tokio::test]
    async fn the_real_nmap_sees_the_open_port_and_not_the_closed_one() {
        let path = std::path::Path::new("/usr/bin/nmap");
        if !path.is_file() {
            wt_testkit::skip("the real nmap", "it is not installed");
            return;
        }
        let open = std::net::TcpListener::bind("127.0.28.6:0").unwrap();
        let closed = std::net::TcpListener::bind("127.0.28.6:0").unwrap();
        let port = |listener: &std::net::TcpListener| listener.local_addr().unwrap().port();
        let (open_port, closed_port) = (port(&open), port(&closed));
        drop(closed);
        let task = ToolTask {
            addresses: vec!["127.0.28.6".parse().unwrap()],
            ports: [open_port, closed_port].into_iter().collect(),
            name: None,
            per_second: 500,
            user_agent: String::new(),
        };
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
        let outcome = crate::adapter::Tools::start(crate::ToolSetting::default())
            .run(Tool::Nmap, path, &task, deadline)
            .await;
        assert!(outcome.fault.is_none(), "{:?}", outcome.fault);
        let seen: Vec<u16> = outcome.sightings.iter().map(|seen| seen.port).collect();
        assert_eq!(seen, [open_port]);
    }

    #[test]
    fn a_scan_is_of_the_addresses_and_ports_it_was_given() {
        let task = ToolTask {
            addresses: vec!["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()],
            ports: "22,80-81".parse().unwrap(),
            name: None,
            per_second: 0,
            user_agent: String::new(),
        };
        let all = arguments(&task);
        assert!(all.ends_with(&["22,80-81", "192.0.2.1", "192.0.2.2"].map(str::to_owned)));
        assert!(all.iter().all(|word| !word.contains(char::is_whitespace)));
        assert!(!all.contains(&"-6".to_owned()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0..REPORT.len()) {
            let mut report = REPORT.to_vec();
            report.splice(at..at, bytes);
            let _ = read(&report);
        }
    }
}
