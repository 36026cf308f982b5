//! People, teams and roles at the edge: versions, permissions and what is asked of the service.
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use wt_fault::Kind;
use wt_model::Role;
use wt_proto::{
    Message,
    convert::to_timestamp,
    tenant::{
        ExplainAccessResponse, Team, UpdateTeamRequest, UpdateTeamResponse, UpdateUserRequest,
    },
};

use crate::gateway::{Gateway, problem};

const TEAM: &str = "/api/v1/teams/tem_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn stored(version: u64) -> UpdateTeamResponse {
    UpdateTeamResponse {
        team: Some(Team {
            id: "tem_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            name: "Shop".to_owned(),
            created_at: Some(to_timestamp(OffsetDateTime::UNIX_EPOCH)),
            version,
            ..Default::default()
        }),
    }
}

#[tokio::test]
async fn an_edit_names_the_version_it_is_of_and_gets_the_next() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers("UpdateTeam", &stored(4));
    for (header, read) in [(None, 0), (Some("*"), 0), (Some("\"3\""), 3)] {
        let mut request = gateway.owner(Method::PATCH, TEAM);
        if let Some(header) = header {
            request = request.header("if-match", header);
        }
        let body = json!({ "description": "", "grants": [{ "tag": "shop", "role": "viewer" }] });
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers().get("etag").unwrap(), "\"4\"");
        let calls = gateway.upstream.calls_of("UpdateTeam");
        let asked = UpdateTeamRequest::decode(calls.last().unwrap().message.clone()).unwrap();
        assert_eq!((asked.version, asked.set_grants), (read, true));
        // Absent is not empty.
        assert_eq!(
            (asked.name.as_str(), asked.description.as_deref()),
            ("", Some(""))
        );
    }
    let role = "/api/v1/roles/rol_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    for named in [TEAM, role] {
        let nameless = gateway
            .owner(Method::PATCH, named)
            .json(&json!({ "name": "" }));
        let answer = nameless.send().await.unwrap();
        problem(answer, 422, "request.invalid_field").await;
    }
    gateway
        .upstream
        .refuses("UpdateTeam", Kind::Precondition, "request.stale");
    for header in ["\"3\"", "W/\"3\"", "3", "\"x\""] {
        let request = gateway
            .owner(Method::PATCH, TEAM)
            .header("if-match", header);
        let answer = request.json(&json!({})).send().await.unwrap();
        problem(answer, 412, "request.stale").await;
    }
}

#[tokio::test]
async fn what_changes_about_somebody_is_only_what_was_said() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .refuses("UpdateUser", Kind::Precondition, "member.last_owner");
    let user = "/api/v1/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let body = json!({ "state": "deactivated" });
    let answer = gateway.owner(Method::PATCH, user).json(&body);
    problem(answer.send().await.unwrap(), 409, "member.last_owner").await;
    let calls = gateway.upstream.calls_of("UpdateUser");
    let asked = UpdateUserRequest::decode(calls.last().unwrap().message.clone()).unwrap();
    assert_eq!(
        (asked.state.as_str(), asked.role.as_str()),
        ("deactivated", "")
    );
    assert!(!asked.set_role_ids);
    for body in [
        json!({ "role": "king" }),
        json!({ "state": "gone" }),
        json!({ "x": 1 }),
    ] {
        let answer = gateway.owner(Method::PATCH, user).json(&body);
        problem(answer.send().await.unwrap(), 422, "request.invalid_field").await;
    }
    let nobody = gateway
        .owner(Method::PATCH, "/api/v1/users/somebody")
        .json(&json!({}));
    problem(nobody.send().await.unwrap(), 404, "member.not_found").await;
}

#[tokio::test]
async fn a_caller_sees_what_they_may_do() {
    let gateway = Gateway::start().await;
    let asked = gateway
        .anonymous(Method::GET, "/api/v1/me/permissions")
        .bearer_auth(gateway.token(Some(Role::Viewer)));
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    let held = answer["permissions"].as_array().unwrap();
    assert!(held.contains(&json!("assets:read")) && !held.contains(&json!("assets:write")));
    assert_eq!(answer["groups"], json!({}));
}

#[tokio::test]
async fn only_who_manages_members_asks_about_others() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("ExplainAccess", &ExplainAccessResponse::default());
    let path = |user: &str| format!("/api/v1/access/explain?permission=runs:read&user_id={user}");
    let (own, other) = (
        "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "usr_01ARZ3NDEKTSV4RRFFQ69G5FAW",
    );
    for (role, user, status) in [
        (Role::Viewer, own, 200),
        (Role::Viewer, other, 403),
        (Role::Admin, other, 200),
    ] {
        let asked = gateway
            .anonymous(Method::GET, &path(user))
            .bearer_auth(gateway.token(Some(role)));
        assert_eq!(
            asked.send().await.unwrap().status(),
            status,
            "{role} {user}"
        );
    }
}
