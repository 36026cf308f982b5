//! Reports and packets as files: what they are called, and that they can't act on our origin.
use reqwest::{Method, Response};
use serde_json::{Value, json};
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    report::{
        GetReportContentRequest, GetReportContentResponse, Report, RequestReportRequest,
        RequestReportResponse,
    },
    results::{GetPacketRequest, GetPacketResponse},
};

use crate::gateway::{Gateway, problem};

const REPORT: &str = "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const RUN: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const KEY: &str = "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa";

async fn get(gateway: &Gateway, path: &str) -> Response {
    gateway.owner(Method::GET, path).send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).unwrap().to_str().unwrap()
}

#[tokio::test]
async fn a_packet_comes_as_it_was_sealed_or_to_read() {
    let gateway = Gateway::start().await;
    let answer = GetPacketResponse {
        packet_json: r#"{"b": 1,"a":2}"#.to_owned(),
        document: b"%PDF-1.7 \xff".to_vec(),
    };
    gateway.upstream.answers("GetPacket", &answer);
    let path = format!("/api/v1/exposures/{KEY}/packet");
    let sealed = get(&gateway, &path).await;
    assert_eq!(header(&sealed, "content-type"), "application/json");
    assert_eq!(sealed.text().await.unwrap(), answer.packet_json);
    for (format, media) in [
        ("html", "text/html; charset=utf-8"),
        ("pdf", "application/pdf"),
    ] {
        let read = get(&gateway, &format!("{path}?format={format}")).await;
        assert_eq!(header(&read, "content-type"), media);
        let name = format!("attachment; filename=\"{KEY}.packet.{format}\"");
        assert_eq!(header(&read, "content-disposition"), name);
        assert!(
            header(&read, "content-security-policy").starts_with("sandbox; default-src 'none'")
        );
        assert_eq!(read.bytes().await.unwrap(), answer.document);
    }
    let asked: Vec<String> = gateway
        .upstream
        .calls_of("GetPacket")
        .into_iter()
        .map(|call| GetPacketRequest::decode(call.message).unwrap().format)
        .collect();
    assert_eq!(asked, ["json", "html", "pdf"]);
    let refused = get(&gateway, &format!("{path}?format=docx")).await;
    problem(refused, 422, "request.invalid_field").await;
}

#[tokio::test]
async fn a_report_comes_in_three_forms_and_never_runs_on_our_origin() {
    let gateway = Gateway::start().await;
    let answer = GetReportContentResponse {
        content: "text".to_owned(),
        content_type: String::new(),
        data: b"%PDF-1.7 \xff".to_vec(),
    };
    gateway.upstream.answers("GetReportContent", &answer);
    for (format, name, body) in [
        (
            "html",
            "inline; filename=\"rep_01ARZ3NDEKTSV4RRFFQ69G5FAV.html\"",
            b"text".as_slice(),
        ),
        (
            "markdown",
            "inline; filename=\"rep_01ARZ3NDEKTSV4RRFFQ69G5FAV.md\"",
            b"text".as_slice(),
        ),
        (
            "pdf",
            "attachment; filename=\"rep_01ARZ3NDEKTSV4RRFFQ69G5FAV.pdf\"",
            b"%PDF-1.7 \xff".as_slice(),
        ),
    ] {
        let path = format!("/api/v1/reports/{REPORT}/content?format={format}");
        let read = get(&gateway, &path).await;
        assert_eq!(header(&read, "content-disposition"), name);
        assert!(
            header(&read, "content-security-policy").starts_with("sandbox; default-src 'none'")
        );
        assert_eq!(read.bytes().await.unwrap(), body);
        let call = gateway.upstream.calls_of("GetReportContent").pop().unwrap();
        let asked = GetReportContentRequest::decode(call.message).unwrap();
        assert_eq!(asked.format, format);
    }
}

#[tokio::test]
async fn a_report_is_asked_for_of_a_run_or_of_a_filter_in_a_period() {
    let gateway = Gateway::start().await;
    let report = |subject: &str| Report {
        id: REPORT.to_owned(),
        state: "requested".to_owned(),
        kind: "executive".to_owned(),
        subject: subject.to_owned(),
        filter: "severity>=high".to_owned(),
        created_at: Some(to_timestamp(time::OffsetDateTime::now_utc())),
        ..Default::default()
    };
    let ask = async |subject: &str, body: Value| {
        let answer = RequestReportResponse {
            report: Some(report(subject)),
        };
        gateway.upstream.answers("RequestReport", &answer);
        let sent = gateway.owner(Method::POST, "/api/v1/reports").json(&body);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), 202);
        let call = gateway.upstream.calls_of("RequestReport").pop().unwrap();
        let asked = RequestReportRequest::decode(call.message).unwrap();
        (asked, answer.json::<Value>().await.unwrap())
    };
    let body =
        json!({ "kind": "executive", "filter": "severity>=high", "since": "2026-11-01T00:00:00Z" });
    let (asked, shown) = ask("exposures", body).await;
    assert_eq!(
        (asked.kind.as_str(), asked.filter.as_str()),
        ("executive", "severity>=high")
    );
    assert_eq!(asked.since.unwrap().seconds, 1_793_491_200);
    assert_eq!(shown["filter"], "severity>=high");
    assert!(shown.get("run_id").is_none());
    let (asked, shown) = ask("run", json!({ "run_id": RUN })).await;
    assert_eq!(
        (asked.run_id.as_str(), asked.kind.as_str()),
        (RUN, "technical")
    );
    assert!(shown.get("filter").is_none());
    let sent = gateway
        .owner(Method::POST, "/api/v1/reports")
        .json(&json!({ "kind": "poetic" }));
    let refused = sent.send().await.unwrap();
    problem(refused, 422, "request.invalid_field").await;
}
