//! Servers that try to hold, flood or fool a scanner.
use std::{net::SocketAddr, time::Duration};

use socket2::{Domain, Socket, Type};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wt_engine::{Engine, EngineFault, Silent};
use wt_exposure::{InconclusiveReason, Settled};
use wt_targets::{serve_endless_body, serve_mute, serve_reset, serve_tarpit};

use crate::support::{any_port, cell, config, job, run, seen, until};

/// Longest wait for a job that must not be held: far above what it takes, because how long it
/// takes is measured in the benches.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test]
async fn odd_servers_neither_hold_nor_flood_a_job() {
    let odd = [
        serve_tarpit(any_port("127.0.13.1")).await.unwrap(),
        serve_endless_body(any_port("127.0.13.1")).await.unwrap(),
        serve_mute(any_port("127.0.13.1")).await.unwrap(),
        serve_reset(any_port("127.0.13.1")).await.unwrap(),
    ];
    let ports = odd.each_ref().map(|target| target.address().port());
    let job = job(&["127.0.13.1"], &ports);
    let report = timeout(PATIENCE, run(&job)).await.expect("it ends");
    for port in ports {
        assert!(seen(&report, port).contains("port.open"), "{port}");
    }
    assert!(
        seen(&report, ports[1]).contains("http.service"),
        "endless bodies are cut, not lost"
    );
    assert_eq!(
        cell(&report, "127.0.13.1", ports[2], "http.service"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Timeout
        }
    );
    let largest = report
        .observations
        .iter()
        .map(|o| o.evidence.response.len())
        .max();
    assert!(largest <= Some(16 * 1024), "{largest:?}");
}

#[tokio::test]
async fn a_cancel_ends_a_job_where_it_is() {
    let tarpit = serve_tarpit(any_port("127.0.13.2")).await.unwrap();
    let engine = Engine::new(config(&["127.0.0.0/8"], None)).unwrap();
    let job = job(&["127.0.13.2"], &[tarpit.address().port()]);
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let cancel = cancel.clone();
        async move { engine.run(&job, &Silent, &cancel).await }
    });
    until(|| tarpit.connections() >= 2).await;
    cancel.cancel();
    let ended = timeout(PATIENCE, running).await.expect("it ends");
    assert_eq!(ended.unwrap(), Err(EngineFault::Cancelled));
}

#[tokio::test]
async fn cells_that_the_deadline_leaves_over_are_skipped_and_not_dropped() {
    let tarpit = serve_tarpit(any_port("127.0.13.3")).await.unwrap();
    let port = tarpit.address().port();
    let mut job = job(&["127.0.13.3"], &[port, 9]);
    job.limits.deadline = Duration::from_millis(500);
    let report = timeout(PATIENCE, run(&job)).await.expect("it ends");
    assert_eq!(
        cell(&report, "127.0.13.3", port, "http.service"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Skipped
        }
    );
}

#[tokio::test]
async fn silence_is_a_timeout_and_never_an_absence() {
    // A full accept queue makes the kernel drop further SYNs: silence without a firewall.
    let address: SocketAddr = "127.0.13.4:0".parse().unwrap();
    let full = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    full.bind(&address.into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    let _queued = std::net::TcpStream::connect(address).unwrap();
    let report = run(&job(&["127.0.13.4"], &[address.port(), 9])).await;
    assert_eq!(
        cell(&report, "127.0.13.4", address.port(), "port.open"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Timeout
        }
    );
}
