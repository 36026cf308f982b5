//! Seeing and ending one's own sign-ins.
use wt_fault::Kind;
use wt_model::Principal;
use wt_proto::tenant::{
    Client, EndOtherSessionsRequest, EndSessionRequest, ListSessionsRequest, LogInRequest,
    ResolveSessionRequest, Session, SessionResponse,
};

use crate::door::{Door, PASSWORD, refusal};

async fn signs_in(door: &Door, email: &str, ip: &str) -> SessionResponse {
    let message = LogInRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        mode: "cookie".to_owned(),
        client: Some(Client {
            ip: ip.to_owned(),
            user_agent: "a browser".to_owned(),
        }),
    };
    let answer = door.client().log_in(door.ask(None, message)).await;
    answer.unwrap().into_inner()
}

async fn listed(door: &Door, principal: &Principal) -> Vec<Session> {
    let asked = door.ask(Some(principal), ListSessionsRequest {});
    let answer = door.sign_in().list_sessions(asked).await.unwrap();
    answer.into_inner().sessions
}

async fn end(door: &Door, principal: &Principal, id: &str) -> Result<(), (Kind, String)> {
    let message = EndSessionRequest {
        session_id: id.to_owned(),
    };
    let asked = door.ask(Some(principal), message);
    match door.sign_in().end_session(asked).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused)),
    }
}

async fn is_live(door: &Door, session: &SessionResponse) -> bool {
    let asked = ResolveSessionRequest {
        session_secret: session.session_secret.clone(),
    };
    let answer = door.client().resolve_session(door.ask(None, asked)).await;
    answer.is_ok()
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sign_ins_and_nobody_elses() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "cookie").await;
    let here = signs_in(&door, "ann@example.com", "192.0.2.1").await;
    let there = signs_in(&door, "ann@example.com", "192.0.2.2").await;
    let (ann, ann_there) = (door.principal(&here).await, door.principal(&there).await);
    door.sign_up("bob@example.com", "cookie").await;
    let bobs = signs_in(&door, "bob@example.com", "192.0.2.3").await;
    let bob = door.principal(&bobs).await;

    let sessions = listed(&door, &ann).await;
    assert_eq!(sessions.len(), 3);
    let current: Vec<_> = sessions.iter().filter(|session| session.current).collect();
    assert_eq!(current.len(), 1);
    let current = current.first().unwrap();
    assert_eq!(
        (current.ip.as_str(), current.user_agent.as_str()),
        ("192.0.2.1", "a browser")
    );

    let there_id = ann_there.sid.unwrap().to_string();
    let unknown = (Kind::NotFound, "session.not_found".to_owned());
    assert_eq!(end(&door, &bob, &there_id).await, Err(unknown.clone()));
    assert_eq!(end(&door, &ann, "no id").await, Err(unknown.clone()));
    assert!(is_live(&door, &there).await);
    end(&door, &ann, &there_id).await.unwrap();
    assert!(!is_live(&door, &there).await);
    assert_eq!(end(&door, &ann, &there_id).await, Err(unknown));
    assert_eq!(listed(&door, &ann).await.len(), 2);
    assert!(is_live(&door, &here).await && is_live(&door, &bobs).await);
}

#[tokio::test]
async fn all_other_sign_ins_end_at_once_and_every_gateway_hears_of_it() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    let here = signs_in(&door, "ann@example.com", "").await;
    let there = signs_in(&door, "ann@example.com", "").await;
    let ann = door.principal(&here).await;
    let asked = door.ask(Some(&ann), EndOtherSessionsRequest {});
    let ended = door.sign_in().end_other_sessions(asked).await.unwrap();
    let mut ended = ended.into_inner().ended_session_ids;
    assert_eq!(ended.len(), 2);
    assert!(is_live(&door, &here).await && !is_live(&door, &there).await);

    let mut heard = door.ended_sessions().await;
    ended.sort();
    heard.sort();
    assert_eq!(heard, ended);
}

#[tokio::test]
async fn a_sign_in_that_is_not_used_ends_by_itself() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "cookie").await;
    let ann = door.principal(&session).await;
    door.change("update tenant.sessions set last_seen_at = now() - interval '13 days'")
        .await;
    assert!(is_live(&door, &session).await);
    // Being used is noted.
    let seen =
        "select count(*) from tenant.sessions where last_seen_at > now() - interval '1 minute'";
    assert_eq!(door.count(seen).await, 1);
    door.change("update tenant.sessions set last_seen_at = now() - interval '15 days'")
        .await;
    assert!(!is_live(&door, &session).await);
    assert!(listed(&door, &ann).await.is_empty());
}

#[tokio::test]
async fn nobody_else_touches_a_persons_sign_ins_not_even_in_their_name() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "cookie").await;
    let ann = door.principal(&session).await;
    let impersonated = Principal {
        act: Some(wt_model::Actor {
            sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        }),
        ..ann.clone()
    };
    let program = Principal {
        kind: wt_model::PrincipalKind::ApiKey,
        sid: None,
        ..ann
    };
    for (principal, code) in [
        (impersonated, "auth.impersonating"),
        (program, "auth.person_only"),
    ] {
        let asked = door.ask(Some(&principal), EndOtherSessionsRequest {});
        let refused = refusal(door.sign_in().end_other_sessions(asked).await);
        assert_eq!(refused, (Kind::Forbidden, code.to_owned()));
    }
}
