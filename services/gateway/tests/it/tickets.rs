//! Issues of an exposure at the door: shown with it, made by who may act, and no reason to show nothing.
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_model::Role;
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    notify::{
        CreateTicketRequest, CreateTicketResponse, ListTicketsRequest, ListTicketsResponse, Ticket,
    },
    results::{Exposure, GetExposureResponse},
};

use crate::gateway::{Gateway, problem};

const KEY: &str = "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const ID: &str = "int_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn exposure() -> GetExposureResponse {
    let at = Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH));
    GetExposureResponse {
        exposure: Some(Exposure {
            key: KEY.to_owned(),
            state: "open".to_owned(),
            severity: "high".to_owned(),
            first_seen: at,
            last_seen: at,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn ticket() -> Ticket {
    Ticket {
        exposure_key: KEY.to_owned(),
        integration_id: ID.to_owned(),
        kind: "github".to_owned(),
        name: "web team".to_owned(),
        state: "open".to_owned(),
        number: "12".to_owned(),
        url: "https://github.com/acme/web/issues/12".to_owned(),
        created_at: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_exposure_shows_its_issues_and_is_shown_without_them_when_they_cannot_be_asked() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers("GetExposure", &exposure());
    let tickets = ListTicketsResponse {
        tickets: vec![ticket()],
    };
    gateway.upstream.answers("ListTickets", &tickets);
    let path = format!("/api/v1/exposures/{KEY}");
    let shown = async || -> Value {
        let answer = gateway.owner(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    };
    let said = shown().await;
    assert_eq!(said["tickets"][0]["number"], "12");
    assert_eq!(said["tickets"][0]["state"], "open");
    let call = gateway.upstream.calls_of("ListTickets").remove(0);
    let asked = ListTicketsRequest::decode(call.message).unwrap();
    assert_eq!(asked.exposure_key, KEY);
    gateway
        .upstream
        .refuses("ListTickets", Kind::Unavailable, "x.away");
    assert_eq!(shown().await.get("tickets"), None);
}

#[tokio::test]
async fn an_issue_is_asked_for_by_who_may_act_on_the_exposure() {
    let gateway = Gateway::start().await;
    let made = CreateTicketResponse {
        ticket: Some(Ticket {
            state: "claimed".to_owned(),
            number: String::new(),
            url: String::new(),
            ..ticket()
        }),
    };
    gateway.upstream.answers("CreateTicket", &made);
    let path = format!("/api/v1/exposures/{KEY}/tickets");
    let body = json!({ "integration_id": ID });
    let answer = gateway
        .owner(Method::POST, &path)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(
        (&said["state"], &said["url"]),
        (&json!("claimed"), &json!(""))
    );
    let call = gateway.upstream.calls_of("CreateTicket").remove(0);
    let asked = CreateTicketRequest::decode(call.message).unwrap();
    assert_eq!(
        (asked.exposure_key, asked.integration_id),
        (KEY.into(), ID.into())
    );
    let viewer = gateway.token(Some(Role::Viewer));
    let request = gateway.anonymous(Method::POST, &path).bearer_auth(&viewer);
    let answer = request.json(&body).send().await.unwrap();
    problem(answer, 403, "auth.forbidden").await;
    for (kind, status, code) in [
        (Kind::NotFound, 404, "integration.not_found"),
        (Kind::Precondition, 409, "ticket.nothing_to_mend"),
    ] {
        gateway.upstream.refuses("CreateTicket", kind, code);
        let answer = gateway
            .owner(Method::POST, &path)
            .json(&body)
            .send()
            .await
            .unwrap();
        problem(answer, status, code).await;
    }
}
