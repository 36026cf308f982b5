//! Signing up where nobody may learn whether an address has an account.
use wt_fault::Kind;
use wt_proto::tenant::{
    LogInRequest, ResetPasswordRequest, SessionResponse, SignUpRequest, VerifyEmailRequest,
};

use crate::door::{Door, PASSWORD, refusal};

/// Chosen by somebody who does not own the address.
const STRANGERS: &str = "a stranger's own battery";
/// Chosen by who does.
const NEW: &str = "a new horse and its staple";

async fn by_mail() -> Door {
    let settings = ["--default-plan=enterprise", "--sign-up=by_mail"];
    Door::open_with(&settings.map(ToOwned::to_owned)).await
}

async fn signs_up(
    door: &Door,
    email: &str,
    password: &str,
) -> Result<SessionResponse, (Kind, String)> {
    let message = SignUpRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        display_name: "Ann".to_owned(),
        organization_name: "Ann's".to_owned(),
        ..Default::default()
    };
    match door.client().sign_up(door.ask(None, message)).await {
        Ok(answer) => Ok(answer.into_inner()),
        refused => Err(refusal(refused)),
    }
}

async fn logs_in(door: &Door, email: &str, password: &str) -> Result<(), (Kind, String)> {
    let message = LogInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        ..Default::default()
    };
    match door.client().log_in(door.ask(None, message)).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused)),
    }
}

fn wrong() -> Result<(), (Kind, String)> {
    Err((Kind::Unauthenticated, "auth.wrong_credentials".to_owned()))
}

#[tokio::test]
async fn an_address_with_an_account_and_one_without_are_answered_alike() {
    let door = by_mail().await;
    let first = signs_up(&door, "ann@example.com", PASSWORD).await.unwrap();
    let nothing = SessionResponse {
        mailed: true,
        ..Default::default()
    };
    assert_eq!(first, nothing);
    let token = door.mailed("verify_email").await;
    // Before the mail is answered, the account is as if it were not there.
    assert_eq!(logs_in(&door, "ann@example.com", PASSWORD).await, wrong());
    assert_eq!(logs_in(&door, "bob@example.com", PASSWORD).await, wrong());

    let asked = door.ask(None, VerifyEmailRequest { token });
    door.sign_in().verify_email(asked).await.unwrap();
    assert_eq!(logs_in(&door, "ann@example.com", PASSWORD).await, Ok(()));

    let again = signs_up(&door, "ANN@example.com", STRANGERS).await.unwrap();
    assert_eq!(again, nothing);
    door.mailed("account_exists").await;
    for count in [
        "select count(*) from tenant.users",
        "select count(*) from tenant.organizations",
    ] {
        assert_eq!(door.count(count).await, 1, "{count}");
    }
    assert_eq!(logs_in(&door, "ann@example.com", STRANGERS).await, wrong());
    assert_eq!(logs_in(&door, "ann@example.com", PASSWORD).await, Ok(()));
    // What cannot be an account is refused before anything is looked up, whoever has it.
    for email in ["ann@example.com", "new@example.com"] {
        let short = signs_up(&door, email, "short").await.unwrap_err();
        assert_eq!(short.0, Kind::Invalid, "{email}");
    }
}

#[tokio::test]
async fn whoever_signs_up_first_with_anothers_address_gains_nothing() {
    let door = by_mail().await;
    signs_up(&door, "ann@example.com", STRANGERS).await.unwrap();
    door.mailed("verify_email").await;
    // Ann answers no mail that she did not ask for; she signs up herself, later.
    signs_up(&door, "ann@example.com", PASSWORD).await.unwrap();
    let token = door.mailed("account_exists").await;
    let chosen = ResetPasswordRequest {
        token,
        new_password: NEW.to_owned(),
    };
    let asked = door.ask(None, chosen);
    door.sign_in().reset_password(asked).await.unwrap();
    assert_eq!(logs_in(&door, "ann@example.com", STRANGERS).await, wrong());
    assert_eq!(logs_in(&door, "ann@example.com", NEW).await, Ok(()));
}
