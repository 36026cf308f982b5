//! Lists cost little: pages are passed on, and what decorates them is asked for once.
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_model::Permission;
use wt_proto::{
    asset::{Asset, ListAssetsResponse},
    convert::to_timestamp,
    results::{
        AssetCount, CheckTexts, CountByAssetResponse, Exposure, ListExposuresRequest,
        ListExposuresResponse,
    },
    scan::{ListRunsResponse, RequestRunResponse, Run},
    shown::exposure_page,
};

use crate::gateway::Gateway;

const ASSET: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV";
/// An asset that nothing is open on.
const QUIET: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAW";
const EXPOSURES: &str = "/api/v1/exposures";

fn now() -> prost_types::Timestamp {
    to_timestamp(time::OffsetDateTime::now_utc())
}

fn exposure() -> Exposure {
    Exposure {
        key: "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        first_seen: Some(now()),
        last_seen: Some(now()),
        ..Exposure::default()
    }
}

async fn text(gateway: &Gateway, path: &str) -> String {
    let answer = gateway.owner(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(
        answer.headers().get("content-type").unwrap(),
        "application/json"
    );
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_page_written_by_its_service_is_passed_on_byte_for_byte() {
    let gateway = Gateway::start().await;
    let page = r#"{"items": [ {"key":"exp1_x"}],"next_cursor":"n"}"#;
    let answer = ListExposuresResponse {
        page_json: page.as_bytes().to_vec().into(),
        ..ListExposuresResponse::default()
    };
    gateway.upstream.answers("ListExposures", &answer);
    assert_eq!(text(&gateway, EXPOSURES).await, page);
    let call = gateway.upstream.calls_of("ListExposures").remove(0);
    let asked: ListExposuresRequest = wt_proto::Message::decode(call.message).unwrap();
    assert!(asked.as_json);
}

#[tokio::test]
async fn a_service_too_old_to_write_pages_gives_the_same_page() {
    let gateway = Gateway::start().await;
    let answer = ListExposuresResponse {
        exposures: vec![exposure()],
        next_cursor: "next".to_owned(),
        ..ListExposuresResponse::default()
    };
    gateway.upstream.answers("ListExposures", &answer);
    let written = exposure_page(&answer.exposures, &answer.next_cursor).unwrap();
    assert_eq!(text(&gateway, EXPOSURES).await.into_bytes(), written);
}

#[tokio::test]
async fn newest_runs_are_asked_for_once_and_again_after_a_scan_was_asked_for() {
    let gateway = Gateway::start().await;
    let run = |state: &str| Run {
        id: "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        state: state.to_owned(),
        asset_ids: vec![ASSET.to_owned()],
        created_at: Some(now()),
        ..Run::default()
    };
    let runs = |state: &str| ListRunsResponse {
        runs: vec![run(state)],
        ..ListRunsResponse::default()
    };
    let upstream = &gateway.upstream;
    upstream.answers(
        "ListAssets",
        &ListAssetsResponse {
            assets: vec![Asset {
                id: ASSET.to_owned(),
                created_at: Some(now()),
                ..Asset::default()
            }],
            ..ListAssetsResponse::default()
        },
    );
    upstream.answers("ListRuns", &runs("queued"));
    let last_run = async || {
        let page: Value = serde_json::from_str(&text(&gateway, "/api/v1/assets").await).unwrap();
        page["items"][0]["last_run"]["state"].clone()
    };
    let seen = join_all((0..20).map(|_| last_run())).await;
    assert!(seen.iter().all(|state| state == "queued"), "{seen:?}");
    // A slow machine may take more than the second for which one answer is shown.
    let asked = upstream.calls_of("ListRuns").len();
    assert!(asked <= 10, "{asked} questions for 20 lists");

    upstream.answers(
        "RequestRun",
        &RequestRunResponse {
            run: Some(run("running")),
            ..RequestRunResponse::default()
        },
    );
    upstream.answers("ListRuns", &runs("running"));
    let scan = gateway
        .owner(Method::POST, "/api/v1/scans")
        .json(&json!({ "asset_ids": [ASSET] }));
    assert_eq!(scan.send().await.unwrap().status(), 202);
    assert_eq!(last_run().await, "running");
}

#[tokio::test]
async fn assets_say_what_is_open_on_them_only_when_asked_by_who_may_read_it() {
    let gateway = Gateway::start().await;
    let asset = |id: &str| Asset {
        id: id.to_owned(),
        created_at: Some(now()),
        ..Asset::default()
    };
    let upstream = &gateway.upstream;
    upstream.answers(
        "ListAssets",
        &ListAssetsResponse {
            assets: vec![asset(ASSET), asset(QUIET)],
            ..ListAssetsResponse::default()
        },
    );
    upstream.answers("ListRuns", &ListRunsResponse::default());
    upstream.answers(
        "CountByAsset",
        &CountByAssetResponse {
            assets: vec![AssetCount {
                asset_id: ASSET.to_owned(),
                open: [("critical".to_owned(), 2), ("low".to_owned(), 1)].into(),
            }],
        },
    );
    let open = async |path: &str| {
        let page: Value = serde_json::from_str(&text(&gateway, path).await).unwrap();
        [0, 1].map(|nth| page["items"][nth].get("open").cloned())
    };
    assert_eq!(open("/api/v1/assets").await, [None, None]);
    assert!(upstream.calls_of("CountByAsset").is_empty());
    let counted = [json!({ "critical": 2, "low": 1 }), json!({})].map(Some);
    assert_eq!(open("/api/v1/assets?open=true").await, counted);

    // A list is shown without what its reader may not read, or what nobody answers for.
    let key = gateway.key_token(&[Permission::AssetsRead]);
    let url = gateway.url("/api/v1/assets?open=true");
    let asked = reqwest::Client::new().get(url).bearer_auth(key);
    let answer = asked.send().await.unwrap();
    let page: Value = answer.json().await.unwrap();
    assert_eq!(page["items"][0].get("open"), None);
    assert_eq!(upstream.calls_of("CountByAsset").len(), 1);
    upstream.refuses("CountByAsset", Kind::Unavailable, "results.away");
    assert_eq!(open("/api/v1/assets?open=true").await, [None, None]);

    let wrong = gateway.owner(Method::GET, "/api/v1/assets?open=perhaps");
    assert!(wrong.send().await.unwrap().status().is_client_error());
}

async fn exported(gateway: &Gateway, format: &str) -> (String, String) {
    let path = format!("{EXPOSURES}/export?format={format}&filter=severity%3E%3Dhigh");
    let answer = gateway.owner(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{format}");
    let media = answer.headers().get("content-type").unwrap();
    (
        media.to_str().unwrap().to_owned(),
        answer.text().await.unwrap(),
    )
}

#[tokio::test]
async fn what_a_filter_matches_is_exported_as_lines_a_table_sarif_or_vex() {
    let gateway = Gateway::start().await;
    let found = Exposure {
        state: "open".to_owned(),
        severity: "high".to_owned(),
        title: "=Exposed \"Git\"".to_owned(),
        check_id: "http.git_config".to_owned(),
        host: "2001:db8::1".to_owned(),
        transport: "tcp".to_owned(),
        port: 443,
        discriminator: "/.git/config".to_owned(),
        ..exposure()
    };
    let accepted = Exposure {
        key: "exp1_bbbbbbbbbbbbbbbbbbbbbbbbbb".to_owned(),
        severity: "critical".to_owned(),
        decision: "accept_risk".to_owned(),
        ..found.clone()
    };
    let known = Exposure {
        key: "exp1_cccccccccccccccccccccccccc".to_owned(),
        check_id: "template.known".to_owned(),
        severity: "low".to_owned(),
        ..found.clone()
    };
    let texts = CheckTexts {
        id: known.check_id.clone(),
        remediation: "Update it.".to_owned(),
        references: vec!["https://example.com/advisory".to_owned()],
        cwe: vec![502],
        cve: vec!["CVE-2021-44228".to_owned()],
        cvss_vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H".to_owned(),
        cvss_tenths: 100,
        ..CheckTexts::default()
    };
    let answer = ListExposuresResponse {
        exposures: vec![found, accepted, known],
        checks: vec![texts],
        ..ListExposuresResponse::default()
    };
    gateway.upstream.answers("ListExposures", &answer);
    let (media, lines) = exported(&gateway, "jsonl").await;
    assert_eq!(
        (media.as_str(), lines.lines().count()),
        ("application/x-ndjson", 3)
    );
    let call = gateway.upstream.calls_of("ListExposures").remove(0);
    let asked: ListExposuresRequest = wt_proto::Message::decode(call.message).unwrap();
    assert_eq!(
        (asked.filter.as_str(), asked.as_json),
        ("severity>=high", false)
    );

    let (media, table) = exported(&gateway, "csv").await;
    assert_eq!(
        (media.as_str(), table.lines().count()),
        ("text/csv; charset=utf-8", 4)
    );
    assert!(table.contains("\"'=Exposed \"\"Git\"\"\""), "{table}");

    let (media, sarif) = exported(&gateway, "sarif").await;
    assert_eq!(media, "application/sarif+json");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(
        (&sarif["version"], &run["tool"]["driver"]["name"]),
        (&json!("2.1.0"), &json!("Watchtower"))
    );
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2, "a rule for each check");
    let call = gateway.upstream.calls_of("ListExposures").remove(2);
    let asked: ListExposuresRequest = wt_proto::Message::decode(call.message).unwrap();
    assert!(asked.with_checks);
    let known = &rules[1];
    assert_eq!(known["help"]["text"], "Update it.");
    assert_eq!(known["helpUri"], "https://example.com/advisory");
    assert_eq!(
        known["properties"],
        json!({
            "tags": ["security", "external/cwe/cwe-502", "CVE-2021-44228"],
            "security-severity": "10.0",
            "cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
        })
    );
    assert_eq!(
        rules[0]["properties"]["security-severity"], "9.5",
        "the worst of its findings"
    );
    let results = run["results"].as_array().unwrap();
    let uri = "/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(
        results[0].pointer(uri).unwrap(),
        "https://[2001:db8::1]:443/.git/config"
    );
    assert_eq!(results[2]["ruleId"], "template.known");
    for result in &results[..2] {
        assert_eq!(
            (&result["ruleId"], &result["level"]),
            (&rules[0]["id"], &json!("error"))
        );
        assert!(result["message"]["text"].is_string());
        assert!(result["partialFingerprints"]["exposureKey/v1"].is_string());
    }
    assert!(results[0].get("suppressions").is_none());
    assert_eq!(results[1]["suppressions"][0]["kind"], "external");

    let (media, vex) = exported(&gateway, "vex").await;
    assert_eq!(media, "application/vnd.cyclonedx+json");
    let vex: Value = serde_json::from_str(&vex).unwrap();
    assert_eq!(
        (&vex["bomFormat"], &vex["specVersion"]),
        (&json!("CycloneDX"), &json!("1.6"))
    );
    let states: Vec<&Value> = vex["vulnerabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| &found["analysis"]["state"])
        .collect();
    assert_eq!(states, ["in_triage", "exploitable", "in_triage"]);
    assert_eq!(
        vex["vulnerabilities"][1]["analysis"]["response"],
        json!(["will_not_fix"])
    );
    assert_eq!(
        vex["services"],
        json!([{ "bom-ref": "host:2001:db8::1", "name": "2001:db8::1" }]),
        "each host once"
    );
    assert_eq!(
        vex["vulnerabilities"][0]["affects"],
        json!([{ "ref": "host:2001:db8::1" }])
    );

    let known = &vex["vulnerabilities"][2];
    assert_eq!(
        (&known["id"], &known["cwes"], &known["recommendation"]),
        (
            &json!("CVE-2021-44228"),
            &json!([502]),
            &json!("Update it.")
        )
    );
    assert_eq!(known["references"][0]["id"], "CVE-2021-44228");
    assert_eq!(
        known["ratings"][1],
        json!({
            "score": 10.0, "method": "CVSSv31",
            "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
        })
    );
    assert_eq!(vex["vulnerabilities"][0]["id"], "http.git_config");

    let refused = gateway.owner(Method::GET, &format!("{EXPOSURES}/export?format=xml"));
    assert_eq!(refused.send().await.unwrap().status(), 422);
}

#[tokio::test]
async fn an_empty_export_is_whole_too() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("ListExposures", &ListExposuresResponse::default());
    assert_eq!(exported(&gateway, "jsonl").await.1, "");
    let sarif: Value = serde_json::from_str(&exported(&gateway, "sarif").await.1).unwrap();
    assert_eq!(sarif["runs"][0]["results"], json!([]));
    let vex: Value = serde_json::from_str(&exported(&gateway, "vex").await.1).unwrap();
    assert_eq!(
        (&vex["vulnerabilities"], &vex["services"]),
        (&json!([]), &json!([]))
    );
}
