//! Jobs from request to applied result, beside bare JetStream messages.
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use async_nats::jetstream::{self, consumer, stream};
use bytes::Bytes;
use futures::{StreamExt, future::try_join_all};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    measure::{Better, Measured},
    rig::Rig,
};

/// Rounds in turns.
const ROUNDS: usize = 3;
/// Jobs of one round: each one host and one closed port; enough that what every connection learns
/// once (statements, policies) is not what is measured.
const JOBS: usize = 240;
/// Messages of one round of the peer.
const MESSAGES: usize = 2_000;
/// Size of one: that of a signed job.
const MESSAGE_BYTES: usize = 4_096;
/// How long one round may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// Time between two questions whether a run has ended: seldom enough to cost nothing beside the jobs.
const POLL: Duration = Duration::from_millis(50);
/// Host that is scanned; its port 9 is closed everywhere (discard was retired).
const HOST: &str = "127.0.0.88";

pub(super) async fn measure(rig: &Rig) -> Result<Vec<Measured>> {
    let asset = owned(rig).await?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours.push(fleet(rig, &asset).await?);
        peer.push(jetstream(&rig.peers.nats_url, round).await?);
    }
    Ok(vec![Measured::new(
        "jobs.dispatch_vs_jetstream",
        "jobs/s",
        Better::Higher,
        &mut ours,
        &mut peer,
    )])
}

/// An asset that counts as proven: proving is not what is measured, so the proof is written down
/// as a platform admin would attest it.
async fn owned(rig: &Rig) -> Result<String> {
    let asset = rig
        .call(Method::POST, "/assets", &json!({ "value": HOST }))
        .await?;
    let id = asset["id"].as_str().context("no asset id")?.to_owned();
    rig.sql(&format!(
        "insert into asset.authorizations (tenant_key, id, asset_id, method, proof, vantages, \
         verified_by, verified_at, expires_at) values ('{}', 'auz_01ARZ3NDEKTSV4RRFFQ69G5FAV', \
         '{id}', 'attestation', 'bench', '{{bench}}', 'bench', now(), now() + interval '1 day')",
        rig.tenant_key
    ))?;
    Ok(id)
}

/// Jobs a second from request to an ended run.
async fn fleet(rig: &Rig, asset: &str) -> Result<f64> {
    let started = Instant::now();
    let body = json!({
        "asset_ids": [asset], "profile": "fast_recheck", "policy": "safe", "ports": "9",
    });
    let requests = (0..JOBS).map(|_| rig.call(Method::POST, "/scans", &body));
    let runs = try_join_all(requests).await?;
    let mut open: Vec<String> = runs
        .iter()
        .map(|run| run["id"].as_str().unwrap_or_default().to_owned())
        .collect();
    while !open.is_empty() {
        ensure!(
            started.elapsed() < PATIENCE,
            "{} runs do not end",
            open.len()
        );
        let last = open.last().cloned().unwrap_or_default();
        let run = rig
            .call(Method::GET, &format!("/scans/{last}"), &Value::Null)
            .await?;
        match run["state"].as_str().unwrap_or_default() {
            "completed" => {
                open.pop();
            }
            "failed" | "cancelled" | "partial" => anyhow::bail!("a run ended badly: {run}"),
            _ => sleep(POLL).await,
        }
    }
    Ok(rate(JOBS, started))
}

/// Messages a second, published with confirmation, pulled and acknowledged, on a server and a
/// stream with the same durability.
async fn jetstream(url: &str, round: usize) -> Result<f64> {
    let context = jetstream::new(async_nats::connect(url).await?);
    let name = format!("BENCH_{round}");
    let subject = format!("bench.{round}");
    let stream = context
        .create_stream(stream::Config {
            name: name.clone(),
            subjects: vec![subject.clone()],
            retention: stream::RetentionPolicy::WorkQueue,
            ..stream::Config::default()
        })
        .await?;
    let consumer = stream
        .create_consumer(consumer::pull::Config {
            durable_name: Some("bench".to_owned()),
            ..consumer::pull::Config::default()
        })
        .await?;
    let payload = Bytes::from(vec![7_u8; MESSAGE_BYTES]);
    let started = Instant::now();
    let mut confirmations = Vec::with_capacity(MESSAGES);
    for _ in 0..MESSAGES {
        confirmations.push(context.publish(subject.clone(), payload.clone()).await?);
    }
    for confirmation in confirmations {
        confirmation.await?;
    }
    let mut messages = consumer.messages().await?.take(MESSAGES);
    while let Some(message) = messages.next().await {
        let acked = message?.ack().await;
        acked.map_err(|error| anyhow::anyhow!("not acknowledged: {error}"))?;
    }
    let rate = rate(MESSAGES, started);
    context.delete_stream(name).await?;
    Ok(rate)
}

#[expect(clippy::cast_precision_loss, reason = "thousands at most")]
fn rate(count: usize, started: Instant) -> f64 {
    count as f64 / started.elapsed().as_secs_f64()
}
