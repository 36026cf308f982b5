//! Changing, forgetting and resetting a password, and proving an address.
use wt_fault::Kind;
use wt_proto::tenant::{
    ChangePasswordRequest, ForgotPasswordRequest, LogInRequest, ResetPasswordRequest,
    ResolveSessionRequest, SendEmailVerificationRequest, SessionResponse, VerifyEmailRequest,
};

use crate::door::{Door, PASSWORD, refusal};

const NEW_PASSWORD: &str = "seven tangled lanterns";

fn log_in(email: &str, password: &str) -> LogInRequest {
    LogInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        ..Default::default()
    }
}

fn change(current: &str, new: &str) -> ChangePasswordRequest {
    ChangePasswordRequest {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
    }
}

fn reset(token: &str, new: &str) -> ResetPasswordRequest {
    ResetPasswordRequest {
        token: token.to_owned(),
        new_password: new.to_owned(),
    }
}

async fn is_live(door: &Door, session: &SessionResponse) -> bool {
    let asked = ResolveSessionRequest {
        session_secret: session.session_secret.clone(),
    };
    door.client()
        .resolve_session(door.ask(None, asked))
        .await
        .is_ok()
}

async fn forgets(door: &Door, email: &str) {
    let message = ForgotPasswordRequest {
        email: email.to_owned(),
        client: None,
    };
    let answer = door
        .sign_in()
        .forgot_password(door.ask(None, message))
        .await;
    answer.unwrap();
}

#[tokio::test]
async fn changing_a_password_needs_the_old_one_and_ends_the_other_sign_ins() {
    let door = Door::open().await;
    let here = door.sign_up("ann@example.com", "cookie").await;
    let mut elsewhere = log_in("ann@example.com", PASSWORD);
    elsewhere.mode = "cookie".to_owned();
    let elsewhere = door.client().log_in(door.ask(None, elsewhere)).await;
    let elsewhere = elsewhere.unwrap().into_inner();
    let ann = door.principal(&here).await;

    let asked = door.ask(Some(&ann), change("not the old password", NEW_PASSWORD));
    let refused = refusal(door.sign_in().change_password(asked).await);
    assert_eq!(refused, (Kind::Forbidden, "auth.wrong_password".to_owned()));
    for bad in ["short", "passwordpassword", "ann@example.com"] {
        let asked = door.ask(Some(&ann), change(PASSWORD, bad));
        let refused = refusal(door.sign_in().change_password(asked).await);
        assert_eq!(refused.0, Kind::Invalid, "{bad}");
    }
    assert!(is_live(&door, &elsewhere).await);

    let asked = door.ask(Some(&ann), change(PASSWORD, NEW_PASSWORD));
    let ended = door.sign_in().change_password(asked).await.unwrap();
    assert_eq!(ended.into_inner().ended_session_ids.len(), 1);
    assert!(is_live(&door, &here).await);
    assert!(!is_live(&door, &elsewhere).await);
    let old = log_in("ann@example.com", PASSWORD);
    assert!(door.client().log_in(door.ask(None, old)).await.is_err());
    let new = log_in("ann@example.com", NEW_PASSWORD);
    assert!(door.client().log_in(door.ask(None, new)).await.is_ok());
    assert_eq!(
        door.count("select count(*) from tenant.audit where action = 'password.change'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_mailed_link_sets_a_password_once_and_ends_every_sign_in() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "cookie").await;
    forgets(&door, "ANN@example.com").await;
    let token = door.mailed("reset_password").await;

    let refused = refusal(
        door.sign_in()
            .reset_password(door.ask(None, reset(&token, "passwordpassword")))
            .await,
    );
    assert_eq!(refused.0, Kind::Invalid);
    let asked = door.ask(None, reset(&token, NEW_PASSWORD));
    let done = door.sign_in().reset_password(asked).await.unwrap();
    assert_eq!(done.into_inner().ended_session_ids.len(), 1);
    assert!(!is_live(&door, &session).await);
    let new = log_in("ann@example.com", NEW_PASSWORD);
    assert!(door.client().log_in(door.ask(None, new)).await.is_ok());

    let asked = door.ask(None, reset(&token, "another fine password"));
    let again = refusal(door.sign_in().reset_password(asked).await);
    assert_eq!(again.1, "auth.link_over");
}

#[tokio::test]
async fn a_link_dies_after_its_time_with_its_successor_and_for_other_purposes() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    let verification = door.mailed("verify_email").await;
    forgets(&door, "ann@example.com").await;
    let first = door.mailed("reset_password").await;
    forgets(&door, "ann@example.com").await;
    let second = door.mailed_after("reset_password", &first).await;
    let over = async |token: &str| {
        let asked = door.ask(None, reset(token, NEW_PASSWORD));
        refusal(door.sign_in().reset_password(asked).await).1
    };
    for token in [&first, &verification, "invented", ""] {
        assert_eq!(over(token).await, "auth.link_over");
    }
    door.change("update tenant.mail_links set expires_at = created_at + interval '1 microsecond'")
        .await;
    assert_eq!(over(&second).await, "auth.link_over");
}

#[tokio::test]
async fn an_unknown_address_is_answered_alike_and_mailed_nothing() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    forgets(&door, "bob@example.com").await;
    // The later one of the two is through: so was the earlier one.
    forgets(&door, "ann@example.com").await;
    door.mailed("reset_password").await;
    let links = "select count(*) from tenant.mail_links where purpose = 'reset_password'";
    assert_eq!(door.count(links).await, 1);
}

#[tokio::test]
async fn nobody_is_mailed_without_end() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    let mut last = String::new();
    for _ in 0..5 {
        forgets(&door, "ann@example.com").await;
        last = door.mailed_after("reset_password", &last).await;
    }
    forgets(&door, "ann@example.com").await;
    door.sign_up("bob@example.com", "bearer").await;
    forgets(&door, "bob@example.com").await;
    door.mailed_after("reset_password", &last).await;
    let links = "select count(*) from tenant.mail_links l
                 join tenant.users u on u.id = l.user_id
                 where purpose = 'reset_password' and u.email = 'ann@example.com'";
    assert_eq!(door.count(links).await, 5);
}

#[tokio::test]
async fn the_link_of_the_sign_up_proves_the_address_and_no_other_one() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "bearer").await;
    assert!(!session.user.clone().unwrap().email_verified);
    let ann = door.principal(&session).await;
    let first = door.mailed("verify_email").await;
    door.change("update tenant.users set email = 'ann@other.example'")
        .await;
    let verify = |token: &str| VerifyEmailRequest {
        token: token.to_owned(),
    };
    let refused = refusal(
        door.sign_in()
            .verify_email(door.ask(None, verify(&first)))
            .await,
    );
    assert_eq!(refused.1, "auth.link_over");

    let asked = door.ask(Some(&ann), SendEmailVerificationRequest {});
    door.sign_in().send_email_verification(asked).await.unwrap();
    let second = door.mailed_after("verify_email", &first).await;
    let asked = door.ask(None, verify(&second));
    let proved = door.sign_in().verify_email(asked).await.unwrap();
    assert_eq!(proved.into_inner().email, "ann@other.example");
    let verified = "select count(*) from tenant.users where email_verified_at is not null";
    assert_eq!(door.count(verified).await, 1);
}

#[tokio::test]
async fn a_weaker_hash_is_replaced_when_its_person_signs_in() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    // The same password with a fifth of the memory.
    door.change(include_str!("weaker_hash.sql")).await;
    let right = log_in("ann@example.com", PASSWORD);
    door.client().log_in(door.ask(None, right)).await.unwrap();
    let today = "select count(*) from tenant.users
                 where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(door.count(today).await, 1);
    let right = log_in("ann@example.com", PASSWORD);
    assert!(door.client().log_in(door.ask(None, right)).await.is_ok());
}
