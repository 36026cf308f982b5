//! Every planned cell settles exactly once, and a sweep misses no open port.
use std::net::TcpListener;

use wt_engine::sweep_ports;
use wt_exposure::{Control, Settled};
use wt_scope::{Network, Scope};

use crate::support::{cells, job, only, run};

#[tokio::test]
async fn every_port_of_a_full_range_settles_once_and_reports_as_few_rows() {
    let listener = TcpListener::bind("127.0.14.1:0").unwrap();
    let open = listener.local_addr().unwrap().port();
    let all: Vec<u16> = (1..=u16::MAX).collect();
    let mut job = only(job(&["127.0.14.1"], &all), &["port.open"]);
    // An own pace would make this test of counting slow.
    job.limits.requests_per_second = 1_000_000;
    let report = run(&job).await;
    let settled = cells(&report);
    assert_eq!(settled.len(), 65_535);
    let present: Vec<u16> = settled
        .iter()
        .filter(|(_, outcome)| **outcome == Settled::Present)
        .map(|((_, port, _), _)| *port)
        .collect();
    assert!(present.contains(&open), "{present:?}");
    assert!(report.cells.len() <= 3, "{} rows", report.cells.len());
    let closed = settled
        .iter()
        .find(|((_, port, _), _)| *port != open && !present.contains(port));
    assert!(matches!(
        closed.unwrap().1,
        Settled::Absent {
            control: Control::HostAnswered,
            ..
        }
    ));
}

#[test]
fn a_sweep_finds_every_open_port_on_both_families() {
    for (ip, text) in [("127.0.14.2", "127.0.14.2"), ("::1", "[::1]")] {
        let listeners: Vec<TcpListener> = (0..40)
            .map(|_| TcpListener::bind(format!("{text}:0")).unwrap())
            .collect();
        let address = ip.parse().unwrap();
        let scope = Scope {
            networks: [Network::single(address)].into(),
            ports: "1-65535".parse().unwrap(),
            ..Scope::default()
        };
        let allowed = vec![Network::single(address)];
        let patience = std::time::Duration::from_millis(1_300);
        let report = sweep_ports(scope, allowed, &[address], 1_000, patience).remove(0);
        for listener in &listeners {
            let port = listener.local_addr().unwrap().port();
            assert!(report.open.contains(port), "{ip}:{port}");
        }
        let all = report.open.len() + report.closed.len() + report.silent.len();
        assert_eq!(all, 65_535);
        assert_eq!(report.silent.len(), 0);
    }
}
