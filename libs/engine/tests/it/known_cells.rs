//! Cells that are open now: what it takes to call them gone.
use wt_exposure::{AbsentReason, Control, InconclusiveReason, Settled};
use wt_model::Policy;
use wt_targets::{Page, Site, Target, serve_http};

use crate::support::{any_port, cell, cells, job, known, only, run, until};

fn leaky() -> Site {
    Site::new([
        ("/", Page::html("<title>Shop</title>")),
        ("/.git/config", Page::file("[core]\n\tbare = false\n")),
    ])
}

/// Ends a server, and waits until its port is closed: its task lets go of it a moment later.
async fn end(target: Target) {
    let address = target.address();
    drop(target);
    until(|| std::net::TcpStream::connect(address).is_err()).await;
}

#[tokio::test]
async fn a_verify_job_plans_exactly_the_known_cells() {
    let site = leaky();
    let target = serve_http(any_port("127.0.12.1"), site.clone())
        .await
        .unwrap();
    let port = target.address().port();
    let mut verify = only(
        job(&["127.0.12.1"], &[port]),
        &["http.exposed.git_config", "port.open"],
    );
    verify.only_known = true;
    verify.known = [known("127.0.12.1", port, "http.exposed.git_config")].into();
    verify.policy = Policy::Safe;

    let report = run(&verify).await;
    assert_eq!(cells(&report).len(), 1);
    assert_eq!(
        cell(&report, "127.0.12.1", port, "http.exposed.git_config"),
        Settled::Present
    );
    assert_eq!(report.observations.len(), 1);

    site.remove("/.git/config");
    let report = run(&verify).await;
    assert_eq!(
        cell(&report, "127.0.12.1", port, "http.exposed.git_config"),
        Settled::Absent {
            control: Control::VhostAnswered,
            reason: AbsentReason::NotThere,
            confirmed: true,
        }
    );

    end(target).await;
    let report = run(&verify).await;
    assert_eq!(
        cell(&report, "127.0.12.1", port, "http.exposed.git_config"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Refused
        }
    );
}

#[tokio::test]
async fn a_closed_port_is_gone_only_when_the_host_answers_elsewhere() {
    let stays = serve_http(any_port("127.0.12.2"), leaky()).await.unwrap();
    let goes = serve_http(any_port("127.0.12.2"), leaky()).await.unwrap();
    let (stays_port, port) = (stays.address().port(), goes.address().port());
    end(goes).await;
    let mut job = only(
        job(&["127.0.12.2"], &[stays_port, port]),
        &["port.open", "http.service"],
    );
    job.known = [known("127.0.12.2", port, "port.open")].into();
    let report = run(&job).await;
    assert_eq!(
        cell(&report, "127.0.12.2", port, "port.open"),
        Settled::Absent {
            control: Control::HostAnswered,
            reason: AbsentReason::Closed,
            confirmed: true,
        }
    );
    assert_eq!(
        cell(&report, "127.0.12.2", port, "http.service"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Refused
        }
    );
    // Not known: absent, but nobody looked twice.
    job.known.clear();
    let report = run(&job).await;
    assert!(matches!(
        cell(&report, "127.0.12.2", port, "port.open"),
        Settled::Absent {
            confirmed: false,
            ..
        }
    ));
}

#[tokio::test]
async fn a_verify_of_one_closed_port_looks_for_its_control_elsewhere_in_the_scope() {
    let stays = serve_http(any_port("127.0.12.3"), leaky()).await.unwrap();
    let goes = serve_http(any_port("127.0.12.3"), leaky()).await.unwrap();
    let (stays_port, port) = (stays.address().port(), goes.address().port());
    end(goes).await;
    let mut verify = only(job(&["127.0.12.3"], &[stays_port, port]), &["port.open"]);
    verify.only_known = true;
    verify.known = [known("127.0.12.3", port, "port.open")].into();
    let report = run(&verify).await;
    assert_eq!(cells(&report).len(), 1);
    until(|| stays.connections() == 1).await;
    assert!(matches!(
        cell(&report, "127.0.12.3", port, "port.open"),
        Settled::Absent {
            confirmed: true,
            ..
        }
    ));
}

#[tokio::test]
async fn a_check_of_another_digest_is_missing_and_not_guessed() {
    let target = serve_http(any_port("127.0.12.4"), leaky()).await.unwrap();
    let port = target.address().port();
    let mut job = only(job(&["127.0.12.4"], &[port]), &["http.exposed.git_config"]);
    for check in &mut job.checks {
        check.digest = "0123456789abcdef".to_owned();
    }
    let report = run(&job).await;
    assert_eq!(
        cell(&report, "127.0.12.4", port, "http.exposed.git_config"),
        Settled::Inconclusive {
            reason: InconclusiveReason::CheckMissing
        }
    );
}
