//! What a worker must refuse, and where a scan must not go.
use std::{
    fs,
    net::Ipv4Addr,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, ensure};
use prost::Message;
use serde_json::json;
use wt_envelope::SigningKey;
use wt_proto::{
    event::{Envelope, ScanFailed},
    scan::{Job, JobEnvelope, JobSignature, Target as JobTarget},
};
use wt_targets::{DnsAnswer, DnsQuestion};

use crate::harness::{
    bus::Bus,
    fleet::TestFleet,
    target::{Page, Target},
    until,
};

/// A name whose meaning changes.
const NAME: &str = "shop.rebinding.example";
const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn jobs_that_are_unsigned_tampered_expired_or_out_of_scope_are_refused() -> Result<()> {
    let fleet = TestFleet::start("refused_jobs").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.16.1").await?;
    let stranger = fleet.target("127.0.16.2").await?;
    let asset_id = fleet.owned(&api, &target).await?;
    let bus = Bus::connect(&fleet.nats.0.url()).await?;
    let mut jobs = bus.listen("scan.requested.*").await?;
    let mut failures = bus.listen("scan.failed").await?;
    api.scanned(&[&asset_id], &fleet.web_port.to_string())
        .await?;
    let genuine = jobs.next().await?;
    let news = Envelope::decode(genuine.payload.clone())?;
    let envelope = JobEnvelope::decode(news.payload.as_slice())?;
    let job = Job::decode(envelope.payload.as_slice())?;
    let key = fleet.folder.join("keys/jobs/scan-orchestrator.key.pem");
    let key = SigningKey::from_pkcs8_pem(&fs::read_to_string(key)?)?;
    bus.quiet().await?;
    let asked = target.requests().len();

    let now = SystemTime::now();
    let expired = Job {
        not_after: Some((now - HOUR).into()),
        not_before: Some((now - 2 * HOUR).into()),
        ..job.clone()
    };
    let early = Job {
        not_before: Some((now + HOUR).into()),
        not_after: Some((now + 2 * HOUR).into()),
        ..job.clone()
    };
    let elsewhere = Job {
        targets: vec![JobTarget {
            host: "127.0.16.2".to_owned(),
            ..job
                .targets
                .first()
                .context("a job without targets")?
                .clone()
        }],
        ..job.clone()
    };
    let unsigned = JobEnvelope {
        signatures: Vec::new(),
        ..envelope.clone()
    };
    let mut tampered = envelope.clone();
    if let Some(byte) = tampered.payload.last_mut() {
        *byte ^= 1;
    }
    let foreign_key = SigningKey::from_seed(&[7; 32])?;
    let cases = [
        ("unsigned", unsigned),
        ("tampered", tampered),
        ("of an unknown signer", signed(&job, &foreign_key)),
        ("expired", signed(&expired, &key)),
        ("not yet valid", signed(&early, &key)),
        ("out of its scope", signed(&elsewhere, &key)),
    ];
    for (number, (what, refused)) in cases.into_iter().enumerate() {
        let id = format!("evt_01ARZ3NDEKTSV4RRFFQ69G5FA{number}");
        let news = Envelope {
            id: id.clone(),
            payload: refused.encode_to_vec(),
            ..news.clone()
        };
        bus.publish(&genuine, news.encode_to_vec().into(), &id)
            .await?;
        let (_, failed) = failures.event::<ScanFailed>().await.context(what)?;
        println!("{what}: {} ({})", failed.code, failed.reason);
        ensure!(failed.code.starts_with("job."), "{what}: {failed:?}");
        ensure!(!failed.retryable, "{what} may be tried again: {failed:?}");
    }
    bus.quiet().await?;
    assert_eq!(target.requests().len(), asked, "a refused job was run");
    ensure!(
        stranger.requests().is_empty(),
        "an unproven host was scanned"
    );
    Ok(())
}

#[tokio::test]
async fn a_redirect_that_leaves_the_scope_is_not_followed() -> Result<()> {
    let fleet = TestFleet::start("redirect").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.17.1").await?;
    let stranger = fleet.target("127.0.17.2").await?;
    let inside = Target::start((Ipv4Addr::new(127, 0, 17, 3), 0).into()).await?;
    let asset_id = fleet.owned(&api, &target).await?;
    for (path, to) in [
        ("/", stranger.address),
        ("/.git/config", stranger.address),
        ("/.env", inside.address),
    ] {
        target.put(path, Page::redirect(&format!("http://{to}/secret")));
    }
    api.scanned(&[&asset_id], &fleet.web_port.to_string())
        .await?;
    ensure!(
        target.requests().iter().any(|path| path == "/"),
        "the target was not looked at"
    );
    assert_eq!(stranger.requests(), Vec::<String>::new());
    assert_eq!(inside.requests(), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_second_dns_answer_that_leaves_the_scope_is_not_believed() -> Result<()> {
    let fleet = TestFleet::start("rebinding").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.18.1").await?;
    let stranger = fleet.target("127.0.18.2").await?;
    fleet.names(|asked, _| only(asked, [127, 0, 18, 1]));
    let asset_id = api.register(NAME).await?;
    fleet.prove_by_file(&api, &target, &asset_id).await?;
    // From the second question of the scan on, the name means somebody else.
    let mut first = true;
    fleet.names(move |asked, question| {
        let address = if first { 1 } else { 2 };
        if asked == NAME && question == DnsQuestion::A {
            first = false;
        }
        only(asked, [127, 0, 18, address])
    });
    let before = target.requests().len();
    api.scanned(&[&asset_id], &fleet.web_port.to_string())
        .await?;
    ensure!(
        target.requests().len() > before,
        "the target was not looked at"
    );
    assert_eq!(stranger.requests(), Vec::<String>::new());

    // A name that means the cloud's metadata service is not looked at.
    fleet.names(|asked, _| only(asked, [169, 254, 169, 254]));
    let run = api.scan(&[&asset_id], &fleet.web_port.to_string()).await?;
    let run = api.ended(&run).await?;
    assert_eq!(run["cells"]["planned"], run["cells"]["settled"], "{run}");
    Ok(())
}

#[tokio::test]
async fn a_withdrawn_authorization_ends_scanning_and_retires_what_was_found() -> Result<()> {
    let fleet = TestFleet::start("withdrawn").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.19.1").await?;
    target.expose_git();
    let asset_id = fleet.owned(&api, &target).await?;
    api.scanned(&[&asset_id], &fleet.web_port.to_string())
        .await?;
    let authorizations = api.all("/authorizations").await?;
    let id = authorizations.first().context("no authorization")?["id"].clone();
    let path = format!("/authorizations/{}/revoke", id.as_str().unwrap_or_default());
    api.post(&path, &json!({ "reason": "sold" })).await?.ok()?;
    until(
        "the exposure to be retired",
        Duration::from_secs(30),
        || async {
            let exposure = api.exposure("http.exposed.git_config").await?;
            ensure!(
                exposure["state"] != "fixed",
                "withdrawal was taken for a fix"
            );
            Ok((exposure["state"] == "retired").then_some(()))
        },
    )
    .await?;
    let scan = json!({ "asset_ids": [asset_id], "profile": "baseline", "policy": "safe" });
    let refused = api.post("/scans", &scan).await?;
    ensure!(
        refused.status.is_client_error(),
        "scanned without a proof: {}",
        refused.text
    );
    Ok(())
}

/// The one name there is, and what it means.
fn only(asked: &str, address: [u8; 4]) -> DnsAnswer {
    if asked == NAME {
        DnsAnswer::Addresses(vec![address.into()])
    } else {
        DnsAnswer::NoSuchName
    }
}

fn signed(job: &Job, key: &SigningKey) -> JobEnvelope {
    let payload_type = "application/vnd.watchtower.job.v1+protobuf";
    let envelope = wt_envelope::sign(key, payload_type, job.encode_to_vec());
    JobEnvelope {
        payload_type: envelope.payload_type,
        payload: envelope.payload,
        signatures: envelope
            .signatures
            .into_iter()
            .map(|signature| JobSignature {
                key_id: signature.key_id,
                signature: signature.signature,
            })
            .collect(),
    }
}
