//! Signing up, in, out, and keeping a sign-in alive.
use wt_fault::Kind;
use wt_model::{Permission, Role};
use wt_proto::tenant::{
    GetJwksRequest, GetMeRequest, ListMembersRequest, LogInRequest, LogOutRequest, RefreshRequest,
    ResolveSessionRequest, SessionResponse, SignUpRequest,
};
use wt_rpc::Request;

use crate::door::{Door, PASSWORD, refusal};

fn log_in(email: &str, password: &str) -> LogInRequest {
    LogInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        ..Default::default()
    }
}

fn refresh(token: &str) -> RefreshRequest {
    RefreshRequest {
        refresh_token: token.to_owned(),
        client: None,
    }
}

fn resolve(session: &SessionResponse) -> ResolveSessionRequest {
    ResolveSessionRequest {
        session_secret: session.session_secret.clone(),
    }
}

#[tokio::test]
async fn signing_up_makes_an_owner_of_a_new_organization_and_says_so() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "bearer").await;
    let principal = door.principal(&session).await;
    assert!(principal.roles.contains(&Role::Owner));
    assert!(principal.holds(Permission::AssetsWrite));
    assert_eq!(
        principal.tenant_key.unwrap().to_string(),
        session.organization.unwrap().tenant_key
    );
    assert!(!session.refresh_token.is_empty());
    assert!(session.session_secret.is_empty());
    door.news(1).await;
    let asked = door.ask(Some(&principal), GetMeRequest {});
    let me = door.client().get_me(asked).await.unwrap().into_inner();
    assert_eq!(me.user.unwrap().email, "ann@example.com");
    assert_eq!(me.organizations.len(), 1);
    assert!(me.permissions.contains(&"assets:write".to_owned()));
    assert!(door.life.end(crate::door::PATIENCE).await);
}

#[tokio::test]
async fn an_address_has_one_account_whatever_its_case() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    let again = SignUpRequest {
        email: "Ann@Example.com".to_owned(),
        password: PASSWORD.to_owned(),
        display_name: "Ann".to_owned(),
        organization_name: "Again".to_owned(),
        ..Default::default()
    };
    let answer = door.client().sign_up(door.ask(None, again)).await;
    assert_eq!(
        refusal(answer),
        (Kind::Conflict, "auth.email_taken".to_owned())
    );
    assert_eq!(
        door.count("select count(*) from tenant.organizations")
            .await,
        1
    );
}

#[tokio::test]
async fn what_cannot_be_an_account_is_refused_by_its_field() {
    let door = Door::open().await;
    let good = SignUpRequest {
        email: "ann@example.com".to_owned(),
        password: PASSWORD.to_owned(),
        display_name: "Ann".to_owned(),
        organization_name: "Ann's".to_owned(),
        ..Default::default()
    };
    let bad = [
        SignUpRequest {
            email: "ann".to_owned(),
            ..good.clone()
        },
        SignUpRequest {
            password: "short".to_owned(),
            ..good.clone()
        },
        SignUpRequest {
            organization_name: "\u{7}".to_owned(),
            ..good.clone()
        },
        SignUpRequest {
            mode: "telepathy".to_owned(),
            ..good
        },
    ];
    for message in bad {
        let answer = door.client().sign_up(door.ask(None, message.clone())).await;
        assert_eq!(refusal(answer).0, Kind::Invalid, "{message:?}");
    }
    assert_eq!(door.count("select count(*) from tenant.users").await, 0);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    let right = log_in(" ANN@example.com ", PASSWORD);
    assert!(door.client().log_in(door.ask(None, right)).await.is_ok());
    let wrong = log_in("ann@example.com", "incorrect horse battery");
    let wrong = refusal(door.client().log_in(door.ask(None, wrong)).await);
    let unknown = log_in("bob@example.com", PASSWORD);
    let unknown = refusal(door.client().log_in(door.ask(None, unknown)).await);
    assert_eq!(wrong, unknown);
    assert_eq!(wrong.0, Kind::Unauthenticated);
}

#[tokio::test]
async fn a_used_refresh_token_ends_the_whole_sign_in() {
    let door = Door::open().await;
    let first = door.sign_up("ann@example.com", "bearer").await;
    let asked = door.ask(None, refresh(&first.refresh_token));
    let second = door.client().refresh(asked).await.unwrap().into_inner();
    assert_ne!(first.refresh_token, second.refresh_token);

    // Past the seconds in which two tabs may do the same.
    door.change(
        "update tenant.refresh_tokens set used_at = used_at - interval '1 minute'
         where used_at is not null",
    )
    .await;
    for stolen in [&first.refresh_token, &second.refresh_token] {
        let answer = door.client().refresh(door.ask(None, refresh(stolen))).await;
        assert_eq!(refusal(answer).1, "auth.session_over");
    }
}

#[tokio::test]
async fn an_expired_or_invented_refresh_token_is_worth_nothing() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "bearer").await;
    door.change("update tenant.refresh_tokens set expires_at = now() - interval '1 second'")
        .await;
    for token in [session.refresh_token.as_str(), "", "invented"] {
        let answer = door.client().refresh(door.ask(None, refresh(token))).await;
        assert_eq!(refusal(answer).1, "auth.session_over", "{token}");
    }
}

#[tokio::test]
async fn a_browsers_secret_is_good_until_signing_out() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "cookie").await;
    assert!(session.refresh_token.is_empty());
    let asked = door.ask(None, resolve(&session));
    let resolved = door
        .client()
        .resolve_session(asked)
        .await
        .unwrap()
        .into_inner();
    let principal = door.principal(&resolved).await;
    assert_eq!(principal, door.principal(&session).await);

    let asked = door.ask(Some(&principal), LogOutRequest {});
    door.client().log_out(asked).await.unwrap();
    let answer = door
        .client()
        .resolve_session(door.ask(None, resolve(&session)))
        .await;
    assert_eq!(refusal(answer).1, "auth.session_over");
}

#[tokio::test]
async fn a_disabled_person_and_an_expired_session_are_signed_out() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "cookie").await;
    door.change("update tenant.users set disabled_at = now()")
        .await;
    let answer = door
        .client()
        .resolve_session(door.ask(None, resolve(&session)))
        .await;
    assert_eq!(refusal(answer).0, Kind::Unauthenticated);
    door.change(
        "update tenant.users set disabled_at = null;
         update tenant.sessions set expires_at = now() - interval '1 second'",
    )
    .await;
    let answer = door
        .client()
        .resolve_session(door.ask(None, resolve(&session)))
        .await;
    assert_eq!(refusal(answer).0, Kind::Unauthenticated);
}

#[tokio::test]
async fn no_secret_is_stored_as_it_is() {
    let door = Door::open().await;
    let bearer = door.sign_up("ann@example.com", "bearer").await;
    let cookie = door.sign_up("bob@example.com", "cookie").await;
    let rows: Vec<String> = sqlx::query_scalar(
        "select u::text from tenant.users u
         union all select s::text from tenant.sessions s
         union all select t::text from tenant.refresh_tokens t
         union all select a::text from tenant.audit a
         union all select encode(o.envelope, 'escape') from tenant.outbox o",
    )
    .fetch_all(&mut door.database.superuser().await.unwrap())
    .await
    .unwrap();
    assert!(rows.len() >= 6, "{}", rows.len());
    for secret in [PASSWORD, &bearer.refresh_token, &cookie.session_secret] {
        assert!(!rows.iter().any(|row| row.contains(secret)));
        let hex = hex::encode(secret);
        assert!(!rows.iter().any(|row| row.contains(&hex)));
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_services_token_for_this_door() {
    let door = Door::open().await;
    let refused = |answer| assert_eq!(refusal::<_>(answer).0, Kind::Unauthenticated);
    refused(
        door.client()
            .get_jwks(Request::new(GetJwksRequest {}))
            .await,
    );
    refused(
        door.client()
            .get_jwks(door.ask_forged(GetJwksRequest {}))
            .await,
    );
    refused(
        door.client()
            .get_jwks(door.ask_elsewhere(GetJwksRequest {}))
            .await,
    );
    // A service's token without a person is not enough where a person is asked for.
    let answer = door
        .client()
        .list_members(door.ask(None, ListMembersRequest {}))
        .await;
    assert_eq!(refusal(answer).0, Kind::Unauthenticated);
}
