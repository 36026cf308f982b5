//! A person, a browser and a passkey: each step of making one and of signing in with it.
use serde_json::Value;
use wt_fault::Kind;
use wt_model::Principal;
use wt_proto::tenant::{
    AddPasskeyRequest, BeginPasskeyRequest, BeginPasskeySignInRequest, FinishPasskeySignInRequest,
    ListPasskeysRequest, Passkey, SessionResponse,
};

use crate::{
    authenticator::Authenticator,
    door::{Door, PASSWORD, refusal},
};

pub(crate) type Refused = (Kind, String);

pub(crate) fn refused() -> Refused {
    (Kind::Unauthenticated, "auth.passkey_refused".to_owned())
}

pub(crate) async fn person(door: &Door, email: &str) -> Principal {
    let session = door.sign_up(email, "bearer").await;
    door.principal(&session).await
}

/// What a browser is asked to make a passkey with.
pub(crate) async fn asked_to_make(door: &Door, person: &Principal) -> (String, Value) {
    let message = BeginPasskeyRequest {
        password: PASSWORD.to_owned(),
    };
    let asked = door.ask(Some(person), message);
    let begun = door.sign_in().begin_passkey(asked).await.unwrap();
    let begun = begun.into_inner();
    let options = serde_json::from_str(&begun.options_json).unwrap();
    (begun.ceremony, options)
}

pub(crate) async fn adds(
    door: &Door,
    person: &Principal,
    ceremony: &str,
    credential_json: String,
) -> Result<Passkey, Refused> {
    let message = AddPasskeyRequest {
        ceremony: ceremony.to_owned(),
        name: "phone".to_owned(),
        credential_json,
    };
    let asked = door.ask(Some(person), message);
    match door.sign_in().add_passkey(asked).await {
        Ok(answer) => Ok(answer.into_inner().passkey.unwrap()),
        refused => Err(refusal(refused)),
    }
}

pub(crate) async fn with_passkey(door: &Door, person: &Principal) -> (Passkey, Authenticator) {
    let mut authenticator = Authenticator::new();
    let (ceremony, options) = asked_to_make(door, person).await;
    let made = authenticator.makes(&options);
    let passkey = adds(door, person, &ceremony, made).await.unwrap();
    (passkey, authenticator)
}

/// What a browser is asked to sign in with.
pub(crate) async fn asked_to_sign(
    door: &Door,
    mfa_token: &str,
) -> Result<(String, Value), Refused> {
    let message = BeginPasskeySignInRequest {
        mfa_token: mfa_token.to_owned(),
    };
    let asked = door.ask(None, message);
    match door.sign_in().begin_passkey_sign_in(asked).await {
        Ok(begun) => {
            let begun = begun.into_inner();
            let options = serde_json::from_str(&begun.options_json).unwrap();
            Ok((begun.ceremony, options))
        }
        refused => Err(refusal(refused)),
    }
}

pub(crate) async fn signs_in(
    door: &Door,
    ceremony: &str,
    answer: &str,
) -> Result<SessionResponse, Refused> {
    let message = FinishPasskeySignInRequest {
        ceremony: ceremony.to_owned(),
        credential_json: answer.to_owned(),
        ..Default::default()
    };
    let asked = door.ask(None, message);
    match door.sign_in().finish_passkey_sign_in(asked).await {
        Ok(answer) => Ok(answer.into_inner()),
        refused => Err(refusal(refused)),
    }
}

/// A whole sign-in with a passkey alone.
pub(crate) async fn tries(
    door: &Door,
    authenticator: &mut Authenticator,
) -> Result<SessionResponse, Refused> {
    let (ceremony, options) = asked_to_sign(door, "").await.unwrap();
    let answer = authenticator.signs(&options);
    signs_in(door, &ceremony, &answer).await
}

pub(crate) async fn listed(door: &Door, person: &Principal) -> Vec<Passkey> {
    let asked = door.ask(Some(person), ListPasskeysRequest {});
    let answer = door.sign_in().list_passkeys(asked).await.unwrap();
    answer.into_inner().passkeys
}

pub(crate) async fn audited(door: &Door, action: &str) -> bool {
    let actions = door
        .text("select coalesce(string_agg(action, ' '), '') from tenant.audit")
        .await;
    actions.split(' ').any(|said| said == action)
}
