//! Reports that are shown by a link.
use reqwest::Method;
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    report::{
        CreateReportShareRequest, CreateReportShareResponse, FeedbackCounts,
        GetReportFeedbackResponse, ListReportSharesResponse, OpenReportShareRequest,
        OpenReportShareResponse, ParagraphFeedback, PutReportFeedbackRequest,
        PutReportFeedbackResponse, ReportShare, RevokeReportShareRequest,
        RevokeReportShareResponse,
    },
};

use crate::gateway::{Gateway, problem};

const SHARES: &str = "/api/v1/reports/rep_01ARZ3NDEKTSV4RRFFQ69G5FAV/shares";
const SHARE: &str = "shr_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const LINK: &str = "/api/v1/report-shares/abc-_123";

fn share() -> ReportShare {
    let now = Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH));
    ReportShare {
        id: SHARE.to_owned(),
        report_id: "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        created_by: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        created_at: now,
        expires_at: now,
        opened: 3,
        last_opened_at: now,
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_link_is_made_for_a_week_shown_once_listed_and_revoked() {
    let gateway = Gateway::start_with(&["--public-url", "https://wt.example/"]).await;
    let upstream = &gateway.upstream;
    let answer = CreateReportShareResponse {
        share: Some(share()),
        token: "abc-_123".to_owned(),
    };
    upstream.answers("CreateReportShare", &answer);
    let sent = gateway.owner(Method::POST, SHARES).json(&json!({}));
    let made = sent.send().await.unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    assert_eq!(made["url"], format!("https://wt.example{LINK}"));
    assert_eq!(made["id"], SHARE);
    let call = upstream.calls_of("CreateReportShare").pop().unwrap();
    let asked = CreateReportShareRequest::decode(call.message).unwrap();
    assert_eq!(asked.days, 7);

    let shares = vec![share()];
    upstream.answers("ListReportShares", &ListReportSharesResponse { shares });
    let listed = gateway.owner(Method::GET, SHARES).send().await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["items"][0]["opened"], 3);
    assert!(listed["items"][0].get("url").is_none());

    upstream.answers("RevokeReportShare", &RevokeReportShareResponse {});
    let path = format!("{SHARES}/{SHARE}");
    let gone = gateway.owner(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    let call = upstream.calls_of("RevokeReportShare").pop().unwrap();
    let asked = RevokeReportShareRequest::decode(call.message).unwrap();
    assert_eq!(asked.share_id, SHARE);
}

#[tokio::test]
async fn a_shared_report_is_read_without_a_session_and_never_runs_on_our_origin() {
    let gateway = Gateway::start().await;
    let answer = OpenReportShareResponse {
        data: b"<b>text</b>".to_vec(),
        content_type: "text/html; charset=utf-8".to_owned(),
        file_name: "rep_1.html".to_owned(),
    };
    gateway.upstream.answers("OpenReportShare", &answer);
    let got = gateway.anonymous(Method::GET, LINK).send().await.unwrap();
    assert_eq!(got.status(), 200);
    let header = |name: &str| got.headers().get(name).unwrap().to_str().unwrap();
    assert_eq!(header("content-type"), answer.content_type);
    assert_eq!(
        header("content-disposition"),
        "inline; filename=\"rep_1.html\""
    );
    assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-robots-tag"), "noindex, nofollow");
    assert_eq!(got.bytes().await.unwrap(), answer.data);
    let pdf = format!("{LINK}?format=pdf");
    gateway.anonymous(Method::GET, &pdf).send().await.unwrap();
    let asked: Vec<_> = gateway
        .upstream
        .calls_of("OpenReportShare")
        .into_iter()
        .map(|call| OpenReportShareRequest::decode(call.message).unwrap())
        .map(|asked| (asked.token, asked.format))
        .collect();
    let token = || "abc-_123".to_owned();
    assert_eq!(
        asked,
        [(token(), "html".to_owned()), (token(), "pdf".to_owned())]
    );
}

#[tokio::test]
async fn what_people_think_of_a_paragraph_is_passed_on() {
    let gateway = Gateway::start().await;
    let upstream = &gateway.upstream;
    let path = "/api/v1/reports/rep_01ARZ3NDEKTSV4RRFFQ69G5FAV/feedback";
    upstream.answers("PutReportFeedback", &PutReportFeedbackResponse {});
    let said = json!({ "paragraph": 2, "vote": "down", "reason": "Too long." });
    let sent = gateway.owner(Method::PUT, path).json(&said);
    assert_eq!(sent.send().await.unwrap().status(), 204);
    let call = upstream.calls_of("PutReportFeedback").pop().unwrap();
    let asked = PutReportFeedbackRequest::decode(call.message).unwrap();
    let asked = (asked.paragraph, asked.vote.as_str(), asked.reason.as_str());
    assert_eq!(asked, (2, "down", "Too long."));
    let sideways = json!({ "paragraph": 2, "vote": "sideways" });
    let sent = gateway.owner(Method::PUT, path).json(&sideways);
    assert_eq!(sent.send().await.unwrap().status(), 422);

    let own = ParagraphFeedback {
        paragraph: 2,
        vote: "down".to_owned(),
        reason: "Too long.".to_owned(),
        all: None,
    };
    let others = ParagraphFeedback {
        paragraph: 3,
        all: Some(FeedbackCounts {
            up: 4,
            down: 1,
            reasons: vec!["Good.".to_owned()],
        }),
        ..ParagraphFeedback::default()
    };
    let paragraphs = vec![own, others];
    upstream.answers(
        "GetReportFeedback",
        &GetReportFeedbackResponse { paragraphs },
    );
    let shown = gateway.owner(Method::GET, path).send().await.unwrap();
    let shown: Value = shown.json().await.unwrap();
    let expected = json!({ "paragraphs": [
        { "paragraph": 2, "vote": "down", "reason": "Too long." },
        { "paragraph": 3, "vote": "none", "all": { "up": 4, "down": 1, "reasons": ["Good."] } },
    ]});
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_link_that_is_over_is_a_page_for_people_and_a_problem_for_programs() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .refuses("OpenReportShare", Kind::NotFound, "report.share_over");
    let long = format!("/api/v1/report-shares/{}", "x".repeat(300));
    for path in [LINK, &long] {
        let refused = gateway.anonymous(Method::GET, path).send().await.unwrap();
        problem(refused, 404, "report.share_over").await;
        let asked = gateway
            .anonymous(Method::GET, path)
            .header("accept", "text/html,*/*;q=0.8");
        let page = asked.send().await.unwrap();
        assert_eq!(page.status(), 404);
        let policy = page.headers().get("content-security-policy").unwrap();
        assert!(policy.to_str().unwrap().starts_with("sandbox"));
        let text = page.text().await.unwrap();
        assert!(
            text.contains("This link has expired or was revoked"),
            "{text}"
        );
    }
}
