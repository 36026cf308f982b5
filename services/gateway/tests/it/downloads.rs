//! Files that are fetched by an address alone.
use reqwest::Method;
use serde_json::{Value, json};
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    report::{
        CreateReportDownloadRequest, CreateReportDownloadResponse, GetReportDownloadRequest,
        GetReportDownloadResponse,
    },
};

use crate::gateway::{Gateway, problem};

const PATH: &str = "/api/v1/reports/rep_01ARZ3NDEKTSV4RRFFQ69G5FAV/downloads";

fn made(url: &str, ticket: &str) -> CreateReportDownloadResponse {
    CreateReportDownloadResponse {
        url: url.to_owned(),
        ticket: ticket.to_owned(),
        expires_at: Some(to_timestamp(time::OffsetDateTime::now_utc())),
    }
}

async fn ask(gateway: &Gateway, body: &Value) -> String {
    let sent = gateway.owner(Method::POST, PATH).json(body);
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let answer: Value = answer.json().await.unwrap();
    answer["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_address_is_the_stores_own_or_one_of_ours() {
    let gateway = Gateway::start().await;
    let upstream = &gateway.upstream;
    upstream.answers("CreateReportDownload", &made("", "a.b-c_d"));
    let url = ask(&gateway, &json!({})).await;
    assert_eq!(url, "/api/v1/report-downloads/a.b-c_d");
    upstream.answers("CreateReportDownload", &made("https://s3.example/x?y", ""));
    let url = ask(&gateway, &json!({ "format": "html" })).await;
    assert_eq!(url, "https://s3.example/x?y");
    let asked: Vec<String> = upstream
        .calls_of("CreateReportDownload")
        .into_iter()
        .map(|call| {
            CreateReportDownloadRequest::decode(call.message)
                .unwrap()
                .format
        })
        .collect();
    assert_eq!(asked, ["pdf", "html"]);
    let public = Gateway::start_with(&["--public-url", "https://wt.example/"]).await;
    let upstream = &public.upstream;
    upstream.answers("CreateReportDownload", &made("", "a.b-c_d"));
    let url = ask(&public, &json!({})).await;
    assert_eq!(url, "https://wt.example/api/v1/report-downloads/a.b-c_d");
}

#[tokio::test]
async fn a_file_is_saved_without_a_session_and_never_runs_on_our_origin() {
    let gateway = Gateway::start().await;
    let answer = GetReportDownloadResponse {
        data: b"<b>text</b> \xff".to_vec(),
        content_type: "text/html; charset=utf-8".to_owned(),
        file_name: "rep_1.html".to_owned(),
    };
    gateway.upstream.answers("GetReportDownload", &answer);
    let path = "/api/v1/report-downloads/a.b-c_d";
    let got = gateway.anonymous(Method::GET, path).send().await.unwrap();
    assert_eq!(got.status(), 200);
    let header = |name: &str| got.headers().get(name).unwrap().to_str().unwrap();
    assert_eq!(header("content-type"), answer.content_type);
    let saved = "attachment; filename=\"rep_1.html\"";
    assert_eq!(header("content-disposition"), saved);
    assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(got.bytes().await.unwrap(), answer.data);
    let call = gateway.upstream.calls_of("GetReportDownload").pop();
    let call = call.unwrap();
    let asked = GetReportDownloadRequest::decode(call.message).unwrap();
    assert_eq!(asked.ticket, "a.b-c_d");
    // What can't be a ticket asks nobody.
    let long = format!("/api/v1/report-downloads/{}", "x".repeat(257));
    let refused = gateway.anonymous(Method::GET, &long).send().await.unwrap();
    problem(refused, 404, "report.download_over").await;
    assert_eq!(gateway.upstream.calls_of("GetReportDownload").len(), 1);
}
