//! How documents look, at this door: what is asked of the service, and what is shown.
use reqwest::Method;
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_proto::{
    Message as _,
    report::{
        DeleteReportLogoResponse, GetReportBrandingResponse, GetReportLogoResponse,
        PutReportBrandingRequest, PutReportBrandingResponse, PutReportLogoRequest,
        PutReportLogoResponse, ReportBranding, ReportLogo,
    },
};

use crate::gateway::{Gateway, problem};

const LOGO: &str = "/api/v1/report-branding/logo";

fn acme(logo: Option<ReportLogo>) -> ReportBranding {
    ReportBranding {
        name: "Acme".to_owned(),
        color: "#9b1c31".to_owned(),
        footer: String::new(),
        logo,
    }
}

fn small() -> ReportLogo {
    ReportLogo {
        width: 40,
        height: 20,
        sha256: "ab".repeat(32),
    }
}

#[tokio::test]
async fn the_look_is_shown_with_its_logo_and_set_without() {
    let gateway = Gateway::start().await;
    let branding = Some(acme(Some(small())));
    let answer = GetReportBrandingResponse { branding };
    gateway.upstream.answers("GetReportBranding", &answer);
    let request = gateway.owner(Method::GET, "/api/v1/report-branding");
    let shown: Value = request.send().await.unwrap().json().await.unwrap();
    let logo = json!({ "width": 40, "height": 20, "sha256": "ab".repeat(32) });
    let expected = json!({ "name": "Acme", "color": "#9b1c31", "footer": "", "logo": logo });
    assert_eq!(shown, expected);

    let branding = Some(acme(None));
    let answer = PutReportBrandingResponse { branding };
    gateway.upstream.answers("PutReportBranding", &answer);
    let request = gateway.owner(Method::PUT, "/api/v1/report-branding");
    let new = json!({ "name": "Acme", "color": "#9b1c31" });
    let shown: Value = request
        .json(&new)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(shown["logo"], Value::Null);
    let call = gateway.upstream.calls_of("PutReportBranding").remove(0);
    let asked = PutReportBrandingRequest::decode(call.message).unwrap();
    assert_eq!(asked.branding, Some(acme(None)));
}

#[tokio::test]
async fn a_logo_is_passed_on_as_it_is_and_handed_out_as_a_picture_that_does_nothing() {
    let gateway = Gateway::start().await;
    let branding = Some(acme(Some(small())));
    let answer = PutReportLogoResponse { branding };
    gateway.upstream.answers("PutReportLogo", &answer);
    let send = |file: Vec<u8>| gateway.owner(Method::PUT, LOGO).body(file).send();
    let sent = send(b"\x89PNG\xff\0".to_vec()).await.unwrap();
    assert_eq!(sent.status().as_u16(), 200);
    let call = gateway.upstream.calls_of("PutReportLogo").remove(0);
    let asked = PutReportLogoRequest::decode(call.message).unwrap();
    assert_eq!(asked.png, b"\x89PNG\xff\0");
    for wrong in [0, (256 << 10) + 1] {
        let refused = send(vec![0; wrong]).await.unwrap();
        let said = problem(refused, 422, "request.invalid_field").await;
        assert_eq!(said["fields"][0]["field"], "logo", "{said}");
    }
    // What no request may have is refused before anything looks at it.
    let refused = send(vec![0; (1 << 20) + 1]).await.unwrap();
    problem(refused, 413, "request.too_large").await;
    assert_eq!(gateway.upstream.calls_of("PutReportLogo").len(), 1);

    let png = b"\x89PNG".to_vec();
    let answer = GetReportLogoResponse { png };
    gateway.upstream.answers("GetReportLogo", &answer);
    let shown = gateway.owner(Method::GET, LOGO).send().await.unwrap();
    let header = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(shown.bytes().await.unwrap(), answer.png);

    let kind = Kind::NotFound;
    let code = "report.logo_not_found";
    gateway.upstream.refuses("GetReportLogo", kind, code);
    let none = gateway.owner(Method::GET, LOGO).send().await.unwrap();
    problem(none, 404, code).await;
    let gone = DeleteReportLogoResponse {};
    gateway.upstream.answers("DeleteReportLogo", &gone);
    let removed = gateway.owner(Method::DELETE, LOGO).send().await.unwrap();
    assert_eq!(removed.status().as_u16(), 204);
}
