//! Reports on what fits a filter in a period.
use wt_fault::{Fault, Kind};
use wt_model::{Role, TenantKey};
use wt_proto::{
    Message,
    convert::to_timestamp,
    report::RequestReportRequest,
    results::{
        Exposure, ExposureEvent, ListChangesResponse, ListExposuresResponse, ListViewsResponse,
        View,
    },
};

use crate::fixture::{Fixture, member, organization, run_id};

const VIEW: &str = "viw_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Lets results tell of two exposures and of one change, yesterday.
pub(crate) fn stands(fixture: &Fixture, tenant: TenantKey, title: &str) {
    let yesterday = time::OffsetDateTime::now_utc() - time::Duration::days(1);
    let exposure = |key: &str, severity: &str, state: &str, score| Exposure {
        key: key.to_owned(),
        state: state.to_owned(),
        severity: severity.to_owned(),
        title: title.to_owned(),
        check_id: "tls.cert_expired".to_owned(),
        host: "www.example.com".to_owned(),
        port: 443,
        score,
        sla: "within".to_owned(),
        first_seen: Some(to_timestamp(yesterday)),
        ..Default::default()
    };
    let open = ListExposuresResponse {
        exposures: vec![
            exposure("exp1_a", "high", "open", 80),
            exposure("exp1_b", "low", "unresponsive", 3),
        ],
        ..Default::default()
    };
    fixture
        .results
        .answers(tenant, "ListExposures", open.encode_to_vec());
    let changes = ListChangesResponse {
        events: vec![ExposureEvent {
            id: "evt_1".to_owned(),
            key: "exp1_a".to_owned(),
            r#type: "NEW".to_owned(),
            severity: "high".to_owned(),
            title: title.to_owned(),
            host: "www.example.com".to_owned(),
            port: 443,
            at: Some(to_timestamp(yesterday)),
            ..Default::default()
        }],
        ..Default::default()
    };
    fixture
        .results
        .answers(tenant, "ListChanges", changes.encode_to_vec());
}

fn about(filter: &str, kind: &str) -> RequestReportRequest {
    RequestReportRequest {
        filter: filter.to_owned(),
        kind: kind.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_report_on_a_filter_says_how_things_stand_and_what_changed() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    stands(&fixture, tenant, "Expired certificate");
    let operator = member(tenant, Role::Operator);
    let asked = fixture
        .ask(&operator, about("severity>=low", "technical"))
        .await
        .unwrap();
    assert_eq!(asked.run_id, "");
    assert_eq!(
        (asked.subject.as_str(), asked.filter.as_str()),
        ("exposures", "severity>=low")
    );
    let days = asked.until.unwrap().seconds - asked.since.unwrap().seconds;
    assert_eq!(days, 30 * 86_400);

    let ready = fixture.settled(&operator, &asked.id, "ready").await;
    assert!(
        ready.title.starts_with("Report on severity>=low, "),
        "{}",
        ready.title
    );
    let content = async |format| fixture.content(&operator, &asked.id, format).await.unwrap();
    let markdown = content("markdown").await;
    for said in [
        "2 exposures are open or unresponsive",
        "1 changes\\: NEW 1",
        "found 1, fixed 0",
        "Everything that is open",
        "Every change",
        &format!("](https://wt.example/o/{tenant}/exposures/exp1_a)"),
    ] {
        assert!(markdown.contains(said), "{said}\n{markdown}");
    }
    let html = content("html").await;
    assert!(
        html.contains("<svg") && html.contains("aria-label=\"Open by severity: critical 0, high 1")
    );
    let pages = fixture
        .whole_content(&operator, &asked.id, "pdf")
        .await
        .unwrap();
    assert!(pages.data.starts_with(b"%PDF-"));
    // Asked in the service's own name: the caller's rights were looked at before.
    assert_eq!(fixture.results.callers_of("ListExposures").len(), 1);
}

#[tokio::test]
async fn who_decides_gets_no_long_tables_and_everything_is_the_default() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    stands(&fixture, tenant, "<script>x</script>");
    let operator = member(tenant, Role::Operator);
    let asked = fixture
        .ask(&operator, about("", "executive"))
        .await
        .unwrap();
    let ready = fixture.settled(&operator, &asked.id, "ready").await;
    assert!(
        ready.title.starts_with("Summary on all exposures, "),
        "{}",
        ready.title
    );
    assert_eq!(ready.kind, "executive");
    let html = fixture.content(&operator, &asked.id, "html").await.unwrap();
    assert!(html.contains("What to do next") && !html.contains("Everything that is open"));
    assert!(!html.contains("<script"));
}

#[tokio::test]
async fn a_view_is_taken_as_the_caller_sees_it_now() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    stands(&fixture, tenant, "Expired certificate");
    let view = View {
        id: VIEW.to_owned(),
        name: "Ours".to_owned(),
        filter: "asset:*.example.com".to_owned(),
        ..Default::default()
    };
    let views = ListViewsResponse { views: vec![view] };
    fixture
        .results
        .answers(tenant, "ListViews", views.encode_to_vec());
    let operator = member(tenant, Role::Operator);
    let of = |view: &str| RequestReportRequest {
        view_id: view.to_owned(),
        ..Default::default()
    };
    let asked = fixture.ask(&operator, of(VIEW)).await.unwrap();
    assert_eq!(
        (asked.filter.as_str(), asked.view_name.as_str()),
        ("asset:*.example.com", "Ours")
    );
    let ready = fixture.settled(&operator, &asked.id, "ready").await;
    assert!(
        ready.title.starts_with("Report on Ours, "),
        "{}",
        ready.title
    );
    let fault = fixture
        .ask(&operator, of("viw_01ARZ3NDEKTSV4RRFFQ69G5FAW"))
        .await
        .unwrap_err();
    assert_eq!(fault.fields()[0].field, "view_id");
}

#[tokio::test]
async fn what_can_not_be_a_report_is_refused_and_names_its_field() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let operator = member(tenant, Role::Operator);
    let at = |days: i64| {
        let now = time::OffsetDateTime::now_utc();
        Some(to_timestamp(now + time::Duration::days(days)))
    };
    let both = RequestReportRequest {
        run_id: run_id(),
        ..about("severity>=low", "")
    };
    let backwards = RequestReportRequest {
        since: at(-1),
        until: at(-2),
        ..Default::default()
    };
    let later = RequestReportRequest {
        until: at(2),
        ..Default::default()
    };
    for (message, field) in [
        (about("severity>=low", "poetic"), "kind"),
        (about("severity>=purple", ""), "filter"),
        (both, "run_id"),
        (backwards, "since"),
        (later, "since"),
    ] {
        let fault = fixture.ask(&operator, message).await.unwrap_err();
        assert_eq!(
            (fault.kind(), fault.fields()[0].field.as_str()),
            (Kind::Invalid, field)
        );
    }
    assert!(fixture.list(&operator).await.is_empty());
}
