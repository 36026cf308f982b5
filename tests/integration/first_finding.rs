//! The main job: from signing up to a fix that anybody can check.
use std::{fs, process::Command, time::Duration};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::harness::{api::text, fleet::TestFleet, until};

const GIT: &str = "http.exposed.git_config";

#[tokio::test]
async fn a_stranger_proves_an_asset_finds_an_exposure_and_proves_its_fix() -> Result<()> {
    let fleet = TestFleet::start("first_finding").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.10.1").await?;
    target.expose_git();

    let asset_id = api.register("127.0.10.1").await?;
    let refused = api
        .post(
            "/scans",
            &json!({ "asset_ids": [asset_id], "profile": "baseline", "policy": "safe" }),
        )
        .await?;
    ensure!(!refused.status.is_success(), "scanned without a proof");
    fleet.prove_by_file(&api, &target, &asset_id).await?;

    let ports = fleet.web_port.to_string();
    let run = api.scanned(&[&asset_id], &ports).await?;
    assert_eq!(run["cells"]["planned"], run["cells"]["settled"]);
    let exposure = api.exposure(GIT).await?;
    assert_eq!(exposure["state"], "open");
    let key = text(&exposure, "key")?;
    let detail = api.get(&format!("/exposures/{key}")).await?.ok()?;
    let evidence = detail["evidence"].to_string();
    ensure!(
        evidence.contains("repositoryformatversion"),
        "no evidence: {detail}"
    );
    let changes = api.all("/changes?type=NEW").await?;
    ensure!(
        changes.iter().any(|event| event["key"] == key.as_str()),
        "not in the feed"
    );

    let mail = fleet.change_mail().await?;
    assert_eq!(mail.recipients, ["ada@example.org"]);
    ensure!(
        mail.text.contains("127.0.10.1"),
        "the mail names no host: {}",
        mail.text
    );
    ensure!(mail.text.contains("text/html") && mail.text.contains("text/plain"));

    a_report_is_grounded(&api, &text(&run, "id")?).await?;

    let actions = format!("/exposures/{key}/actions");
    api.post(&actions, &json!({ "kind": "fix_in_progress" }))
        .await?
        .ok()?;
    let verify = format!("/exposures/{key}/verify");
    let still = api.post(&verify, &json!({})).await?.ok()?;
    api.ended(&text(&still, "id")?).await?;
    let events = api
        .all(&format!("/changes?run_id={}", text(&still, "id")?))
        .await?;
    ensure!(
        events.iter().any(|event| event["type"] == "STILL_OPEN"),
        "{events:?}"
    );

    target.remove("/.git/config");
    let fixed = api.post(&verify, &json!({})).await?.ok()?;
    let fixed = api.ended(&text(&fixed, "id")?).await?;
    assert_eq!(fixed["kind"], "verify");
    assert_eq!(api.exposure(GIT).await?["state"], "fixed");
    the_packet_holds(&fleet, &api, &key).await
}

#[tokio::test]
async fn a_host_that_went_silent_is_unresponsive_and_never_fixed() -> Result<()> {
    let fleet = TestFleet::start("unresponsive").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.10.2").await?;
    target.expose_git();
    let asset_id = fleet.owned(&api, &target).await?;
    api.scanned(&[&asset_id], &fleet.web_port.to_string())
        .await?;
    let key = text(&api.exposure(GIT).await?, "key")?;
    drop(target);
    let run = api
        .post(&format!("/exposures/{key}/verify"), &json!({}))
        .await?
        .ok()?;
    api.ended(&text(&run, "id")?).await?;
    assert_eq!(api.exposure(GIT).await?["state"], "unresponsive");
    let fixed = api.all("/changes?type=FIXED").await?;
    ensure!(fixed.is_empty(), "silence was taken for a fix: {fixed:?}");
    Ok(())
}

async fn a_report_is_grounded(api: &crate::harness::api::Api, run_id: &str) -> Result<()> {
    let report = api
        .post("/reports", &json!({ "run_id": run_id }))
        .await?
        .ok()?;
    let path = format!("/reports/{}", text(&report, "id")?);
    until("the report", Duration::from_secs(30), || async {
        let report = api.get(&path).await?.ok()?;
        ensure!(report["state"] != "failed", "{report}");
        Ok((report["state"] == "ready").then_some(()))
    })
    .await?;
    for format in ["html", "markdown"] {
        let content = api.get(&format!("{path}/content?format={format}")).await?;
        ensure!(content.status.is_success(), "{}", content.text);
        // Markdown may escape what a host controls.
        let plain = content.text.replace('\\', "");
        ensure!(plain.contains("127.0.10.1"), "{format}: {}", content.text);
    }
    Ok(())
}

/// The client accepts the packet offline, and not one changed byte.
async fn the_packet_holds(
    fleet: &TestFleet,
    api: &crate::harness::api::Api,
    key: &str,
) -> Result<()> {
    let packet = api.get(&format!("/exposures/{key}/packet")).await?;
    ensure!(packet.status.is_success(), "{}", packet.text);
    let public = api.get("/ledger/key").await?;
    let folder = fleet.folder.join("packet");
    fs::create_dir_all(&folder)?;
    let (file, public_file) = (folder.join("packet.json"), folder.join("ledger.pub.pem"));
    fs::write(&file, &packet.text)?;
    let pem = public.body["public_key_pem"]
        .as_str()
        .unwrap_or(&public.text);
    fs::write(&public_file, pem)?;
    let accepted = |file: &std::path::Path| -> Result<bool> {
        let status = Command::new(fleet.binary("watchtower"))
            .arg("verify-packet")
            .arg(file)
            .arg("--key")
            .arg(&public_file)
            .status()?;
        Ok(status.success())
    };
    ensure!(accepted(&file)?, "the packet is not accepted");
    let forged = folder.join("forged.json");
    fs::write(&forged, packet.text.replacen("127.0.10.1", "127.0.10.3", 1))?;
    ensure!(!accepted(&forged)?, "a forged packet is accepted");
    Ok(())
}
