//! Looks at one page, with its head parsed, its body hashed, its title and its technologies read,
//! beside a bare loop of requests whose answers nobody reads.
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use wt_targets::{Page, Site, serve_http};

use super::measure::{Better, Measured, take};
use crate::workspace::Workspace;

/// Rounds in turns; the median of each counts.
const ROUNDS: usize = 5;
/// Requests of one round, each on a connection of its own.
const REQUESTS: u32 = 4_000;
/// Requests in flight, on both sides.
const IN_FLIGHT: u32 = 32;
/// An address of its own.
const TARGET: Ipv4Addr = Ipv4Addr::new(127, 66, 0, 1);
/// What the page is called: an engine that does not read it does not count.
const TITLE: &str = "Welcome to the shop";
/// Paragraphs of the page: some 16 KiB, as start pages are without their pictures.
const PARAGRAPHS: usize = 200;
/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures probes a second.
pub(super) async fn measure(workspace: &Workspace) -> Result<Vec<Measured>> {
    let text = "<p>A paragraph of a page, with <a href=\"/link\">a link</a> in the middle.</p>\n";
    let page = format!(
        "<!doctype html><html><head><title>{TITLE}</title></head><body>{}</body></html>",
        text.repeat(PARAGRAPHS)
    );
    let page = Page::html(&page).with("server", "nginx/1.22.1");
    let server = serve_http(SocketAddr::from((TARGET, 0)), Site::new([("/", page)])).await?;
    let address = server.address();
    let engine = workspace.target("release/watchtower-engine");
    // What measures blocks; the server goes on beside it.
    tokio::task::block_in_place(|| {
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let took = take(
                workspace
                    .command(&engine)
                    .args(["http", "--target", &TARGET.to_string()])
                    .args(["--port", &address.port().to_string()])
                    .args(["--count", &REQUESTS.to_string()])
                    .args(["--in-flight", &IN_FLIGHT.to_string()])
                    .args(["--allow-network", "127.0.0.0/8"]),
            )?;
            ours.push(f64::from(REQUESTS) / seconds_of(&took.said)?);
            peer.push(f64::from(REQUESTS) / bare(address)?);
        }
        Ok(vec![Measured::new(
            "http.vs_raw",
            "probes/s",
            Better::Higher,
            &mut ours,
            &mut peer,
        )])
    })
}

/// How long the engine looked; every look has to have seen the page.
fn seconds_of(said: &str) -> Result<f64> {
    let said: serde_json::Value = serde_json::from_str(said)?;
    ensure!(
        said["status"] == 200 && said["title"] == TITLE && said["technologies"][0] == "nginx",
        "the engine did not see the page: {said}"
    );
    ensure!(
        said["failed"] == 0 && said["others"] == 0,
        "not every look saw it: {said}"
    );
    said["seconds"].as_f64().context("the engine took no time")
}

/// How long a loop takes that connects, asks and reads to the end.
fn bare(address: SocketAddr) -> Result<f64> {
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let left = AtomicU32::new(REQUESTS);
    let started = Instant::now();
    thread::scope(|scope| {
        let callers: Vec<_> = (0..IN_FLIGHT)
            .map(|_| scope.spawn(|| call(address, request.as_bytes(), &left)))
            .collect();
        let mut ended = callers.into_iter().map(thread::ScopedJoinHandle::join);
        ended.try_for_each(|one| one.map_err(|_| anyhow::anyhow!("a caller panicked"))?)
    })?;
    Ok(started.elapsed().as_secs_f64())
}

fn call(address: SocketAddr, request: &[u8], left: &AtomicU32) -> Result<()> {
    let mut answer = Vec::new();
    let take_one = |n: u32| n.checked_sub(1);
    while left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take_one)
        .is_ok()
    {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request)?;
        answer.clear();
        stream.read_to_end(&mut answer)?;
        ensure!(answer.starts_with(b"HTTP/1.1 200"), "not the page");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{TITLE, seconds_of};

    #[test]
    fn looks_that_did_not_see_the_page_do_not_count() {
        let said = |title: &str, failed| {
            serde_json::json!({"status": 200, "title": title, "technologies": ["nginx"],
                "failed": failed, "others": 0, "seconds": 0.5})
            .to_string()
        };
        assert!(seconds_of(&said(TITLE, 0)).is_ok_and(|seconds| seconds > 0.4));
        assert!(seconds_of(&said("", 0)).is_err());
        assert!(seconds_of(&said(TITLE, 1)).is_err());
    }
}
