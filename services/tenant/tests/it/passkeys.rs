//! Passkeys: making them, signing in with them alone, and in place of a code.
use serde_json::Value;
use wt_fault::Kind;
use wt_model::Principal;
use wt_proto::tenant::{
    AddPasskeyRequest, BeginPasskeyRequest, BeginPasskeySignInRequest, FinishPasskeySignInRequest,
    ListPasskeysRequest, ListSessionsRequest, LogInRequest, Passkey, RemovePasskeyRequest,
    RenamePasskeyRequest, SessionResponse,
};

use crate::{
    authenticator::Authenticator,
    door::{Door, PASSWORD, refusal},
    mfa::with_app,
};

type Refused = (Kind, String);

fn refused() -> Refused {
    (Kind::Unauthenticated, "auth.passkey_refused".to_owned())
}

async fn person(door: &Door, email: &str) -> Principal {
    let session = door.sign_up(email, "bearer").await;
    door.principal(&session).await
}

/// What a browser is asked to make a passkey with.
async fn asked_to_make(door: &Door, person: &Principal) -> (String, Value) {
    let message = BeginPasskeyRequest {
        password: PASSWORD.to_owned(),
    };
    let asked = door.ask(Some(person), message);
    let begun = door.sign_in().begin_passkey(asked).await.unwrap();
    let begun = begun.into_inner();
    let options = serde_json::from_str(&begun.options_json).unwrap();
    (begun.ceremony, options)
}

async fn adds(
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

async fn with_passkey(door: &Door, person: &Principal) -> (Passkey, Authenticator) {
    let mut authenticator = Authenticator::new();
    let (ceremony, options) = asked_to_make(door, person).await;
    let made = authenticator.makes(&options);
    let passkey = adds(door, person, &ceremony, made).await.unwrap();
    (passkey, authenticator)
}

/// What a browser is asked to sign in with.
async fn asked_to_sign(door: &Door, mfa_token: &str) -> Result<(String, Value), Refused> {
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

async fn signs_in(door: &Door, ceremony: &str, answer: &str) -> Result<SessionResponse, Refused> {
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
async fn tries(door: &Door, authenticator: &mut Authenticator) -> Result<SessionResponse, Refused> {
    let (ceremony, options) = asked_to_sign(door, "").await.unwrap();
    let answer = authenticator.signs(&options);
    signs_in(door, &ceremony, &answer).await
}

async fn listed(door: &Door, person: &Principal) -> Vec<Passkey> {
    let asked = door.ask(Some(person), ListPasskeysRequest {});
    let answer = door.sign_in().list_passkeys(asked).await.unwrap();
    answer.into_inner().passkeys
}

async fn audited(door: &Door, action: &str) -> bool {
    let actions = door
        .text("select coalesce(string_agg(action, ' '), '') from tenant.audit")
        .await;
    actions.split(' ').any(|said| said == action)
}

#[tokio::test]
async fn a_passkey_signs_its_person_in_without_name_or_password() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let (made, mut authenticator) = with_passkey(&door, &ann).await;
    assert_eq!(made.name, "phone");
    assert!(made.last_used_at.is_none());
    assert!(audited(&door, "passkey.add").await);
    let mails = door.mails().await;
    let mail = mails.iter().find(|mail| mail.kind == "passkey_added");
    let mail = mail.unwrap();
    assert_eq!(
        (mail.recipient.as_str(), mail.reason.as_str()),
        ("ann@example.com", "phone")
    );

    let session = tries(&door, &mut authenticator).await.unwrap();
    let signed_in = door.principal(&session).await;
    assert_eq!(signed_in.sub, ann.sub);
    assert!(
        listed(&door, &ann)
            .await
            .first()
            .unwrap()
            .last_used_at
            .is_some()
    );
    let asked = door.ask(Some(&signed_in), ListSessionsRequest {});
    let sessions = door
        .sign_in()
        .list_sessions(asked)
        .await
        .unwrap()
        .into_inner();
    let this = sessions.sessions.iter().find(|session| session.current);
    assert_eq!(this.unwrap().method, "passkey");
    // The counter went on: the next one works too.
    assert!(tries(&door, &mut authenticator).await.is_ok());
}

#[tokio::test]
async fn the_browser_is_asked_for_a_passkey_that_is_unlocked_and_found_without_a_name() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let (_, authenticator) = with_passkey(&door, &ann).await;
    let (_, options) = asked_to_make(&door, &ann).await;
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(options["rp"]["id"], "watchtower.example");
    let excluded = options["excludeCredentials"][0]["id"].as_str().unwrap();
    assert_eq!(
        excluded,
        data_encoding::BASE64URL_NOPAD.encode(&authenticator.id)
    );
    let (_, options) = asked_to_sign(&door, "").await.unwrap();
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["rpId"], "watchtower.example");
    let allowed = options["allowCredentials"].as_array();
    assert!(allowed.is_none_or(Vec::is_empty), "{options}");
}

#[tokio::test]
async fn a_passkey_is_made_only_with_the_password_and_in_ones_own_ceremony() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let bob = person(&door, "bob@example.com").await;
    let message = BeginPasskeyRequest {
        password: "not the password".to_owned(),
    };
    let asked = door.ask(Some(&ann), message);
    let wrong = refusal(door.sign_in().begin_passkey(asked).await);
    assert_eq!(wrong.1, "auth.wrong_password");

    let over = Err((Kind::Precondition, "passkey.registration_over".to_owned()));
    let (ceremony, options) = asked_to_make(&door, &ann).await;
    let mut authenticator = Authenticator::new();
    let made = authenticator.makes(&options);
    assert_eq!(adds(&door, &bob, &ceremony, made.clone()).await, over);
    assert!(adds(&door, &ann, &ceremony, made.clone()).await.is_ok());
    // Once, whoever has the answer.
    assert_eq!(adds(&door, &ann, &ceremony, made).await, over);
    // A credential belongs to one person.
    let (ceremony, options) = asked_to_make(&door, &bob).await;
    let made = authenticator.makes(&options);
    let present = (Kind::Conflict, "passkey.present".to_owned());
    assert_eq!(adds(&door, &bob, &ceremony, made).await, Err(present));
    // Too late.
    let (ceremony, options) = asked_to_make(&door, &ann).await;
    door.change("update tenant.challenges set expires_at = now()")
        .await;
    let made = Authenticator::new().makes(&options);
    assert_eq!(adds(&door, &ann, &ceremony, made).await, over);
}

#[tokio::test]
async fn a_passkey_of_another_site_or_a_locked_one_is_not_kept() {
    type Lie = fn(&mut Authenticator);
    let lies: [(&str, Lie); 4] = [
        ("origin", |it| {
            it.origin = "https://watchtower.example.evil.example".to_owned();
        }),
        ("port", |it| {
            it.origin = "https://watchtower.example:8443".to_owned();
        }),
        ("relying party", |it| it.rp_id = "example".to_owned()),
        ("verification", |it| it.verified = false),
    ];
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    for (name, lie) in lies {
        let (ceremony, options) = asked_to_make(&door, &ann).await;
        let mut authenticator = Authenticator::new();
        lie(&mut authenticator);
        let made = authenticator.makes(&options);
        let answer = adds(&door, &ann, &ceremony, made).await;
        let expected = (Kind::Invalid, "passkey.not_accepted".to_owned());
        assert_eq!(answer, Err(expected), "{name}");
    }
    // An answer to another challenge.
    let (_, other) = asked_to_make(&door, &ann).await;
    let (ceremony, _) = asked_to_make(&door, &ann).await;
    let made = Authenticator::new().makes(&other);
    let answer = adds(&door, &ann, &ceremony, made).await;
    assert_eq!(answer.unwrap_err().1, "passkey.not_accepted");
    assert!(listed(&door, &ann).await.is_empty());
}

#[tokio::test]
async fn whatever_is_wrong_with_a_sign_in_it_is_refused_the_same_way() {
    type Lie = fn(&mut Authenticator);
    let lies: [(&str, Lie); 6] = [
        ("origin", |it| {
            it.origin = "https://watchtower.example.evil.example".to_owned();
        }),
        ("scheme", |it| {
            it.origin = "http://watchtower.example".to_owned();
        }),
        ("relying party", |it| it.rp_id = "example".to_owned()),
        ("verification", |it| it.verified = false),
        ("person", |it| it.handle = vec![7; 16]),
        ("credential", |it| it.id = [7; 16]),
    ];
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let (_, mut honest) = with_passkey(&door, &ann).await;
    for (name, lie) in lies {
        let (id, handle) = (honest.id, honest.handle.clone());
        lie(&mut honest);
        assert_eq!(
            tries(&door, &mut honest).await.unwrap_err(),
            refused(),
            "{name}"
        );
        let fresh = Authenticator::new();
        (honest.origin, honest.rp_id) = (fresh.origin, fresh.rp_id);
        (honest.verified, honest.id, honest.handle) = (true, id, handle);
    }
    // Another's key under this passkey's name.
    let mut forger = Authenticator::new();
    (forger.id, forger.handle) = (honest.id, honest.handle.clone());
    forger.counter = 100;
    assert_eq!(tries(&door, &mut forger).await.unwrap_err(), refused());
    assert!(tries(&door, &mut honest).await.is_ok());
    // Somebody who may not sign in at all.
    door.change("update tenant.users set disabled_at = now()")
        .await;
    assert_eq!(tries(&door, &mut honest).await.unwrap_err(), refused());
}

#[tokio::test]
async fn a_challenge_is_answered_once_in_time_and_for_its_purpose() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let (_, mut authenticator) = with_passkey(&door, &ann).await;
    let over = "auth.challenge_over";
    let (ceremony, options) = asked_to_sign(&door, "").await.unwrap();
    let answer = authenticator.signs(&options);
    assert!(signs_in(&door, &ceremony, &answer).await.is_ok());
    assert_eq!(
        signs_in(&door, &ceremony, &answer).await.unwrap_err().1,
        over
    );
    // The same answer to another challenge.
    let (fresh, _) = asked_to_sign(&door, "").await.unwrap();
    assert_eq!(
        signs_in(&door, &fresh, &answer).await.unwrap_err(),
        refused()
    );
    // A wrong answer uses the challenge up.
    let (ceremony, options) = asked_to_sign(&door, "").await.unwrap();
    let answer = authenticator.signs(&options);
    let wrong = Authenticator::new().signs(&options);
    assert_eq!(
        signs_in(&door, &ceremony, &wrong).await.unwrap_err(),
        refused()
    );
    assert_eq!(
        signs_in(&door, &ceremony, &answer).await.unwrap_err().1,
        over
    );
    // A registration signs nobody in.
    let (ceremony, options) = asked_to_make(&door, &ann).await;
    let answer = authenticator.signs(&options);
    assert_eq!(
        signs_in(&door, &ceremony, &answer).await.unwrap_err().1,
        over
    );
    // Too late.
    let (ceremony, options) = asked_to_sign(&door, "").await.unwrap();
    let answer = authenticator.signs(&options);
    door.change("update tenant.challenges set expires_at = now()")
        .await;
    assert_eq!(
        signs_in(&door, &ceremony, &answer).await.unwrap_err().1,
        over
    );
    // Two at once.
    let (ceremony, options) = asked_to_sign(&door, "").await.unwrap();
    let answer = authenticator.signs(&options);
    let both = futures::future::join_all((0..8).map(|_| signs_in(&door, &ceremony, &answer))).await;
    assert_eq!(both.iter().filter(|answer| answer.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_audited() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let (_, mut authenticator) = with_passkey(&door, &ann).await;
    authenticator.counter = 41;
    assert!(tries(&door, &mut authenticator).await.is_ok());
    assert!(!audited(&door, "passkey.counter_back").await);
    // Signing counts one up: the last number again, and an earlier one.
    for counter in [41, 6] {
        authenticator.counter = counter;
        let answer = tries(&door, &mut authenticator).await;
        assert_eq!(answer.unwrap_err(), refused(), "{counter}");
    }
    assert!(audited(&door, "passkey.counter_back").await);
}

#[tokio::test]
async fn a_passkey_answers_in_place_of_a_code_for_its_person_only() {
    let door = Door::open().await;
    let (ann, ..) = with_app(&door).await;
    let (_, mut authenticator) = with_passkey(&door, &ann).await;
    let bob = person(&door, "bob@example.com").await;
    let (_, mut foreign) = with_passkey(&door, &bob).await;
    let begun = async || {
        let message = LogInRequest {
            email: "ann@example.com".to_owned(),
            password: PASSWORD.to_owned(),
            ..Default::default()
        };
        let answer = door.client().log_in(door.ask(None, message)).await;
        answer.unwrap().into_inner()
    };
    let waiting = begun().await;
    assert_eq!(waiting.mfa_factors, ["totp", "recovery_code", "passkey"]);
    let (ceremony, options) = asked_to_sign(&door, &waiting.mfa_token).await.unwrap();
    let only = options["allowCredentials"].as_array().unwrap();
    assert_eq!(only.len(), 1);
    let answer = foreign.signs(&options);
    assert_eq!(
        signs_in(&door, &ceremony, &answer).await.unwrap_err(),
        refused()
    );

    let (ceremony, options) = asked_to_sign(&door, &waiting.mfa_token).await.unwrap();
    let answer = authenticator.signs(&options);
    let session = signs_in(&door, &ceremony, &answer).await.unwrap();
    assert_eq!(door.principal(&session).await.sub, ann.sub);
    // The password's challenge is used up with it.
    let again = asked_to_sign(&door, &waiting.mfa_token).await;
    assert_eq!(again.unwrap_err().1, "auth.challenge_over");
    let nobody = asked_to_sign(&door, "invented").await;
    assert_eq!(nobody.unwrap_err().1, "auth.challenge_over");
}

#[tokio::test]
async fn only_its_person_names_and_removes_a_passkey_and_then_it_signs_nobody_in() {
    let door = Door::open().await;
    let ann = person(&door, "ann@example.com").await;
    let bob = person(&door, "bob@example.com").await;
    let (made, mut authenticator) = with_passkey(&door, &ann).await;
    let rename = |name: &str| RenamePasskeyRequest {
        passkey_id: made.id.clone(),
        name: name.to_owned(),
    };
    let remove = || RemovePasskeyRequest {
        passkey_id: made.id.clone(),
    };
    let absent = (Kind::NotFound, "passkey.not_found".to_owned());
    let asked = door.ask(Some(&bob), rename("mine"));
    assert_eq!(refusal(door.sign_in().rename_passkey(asked).await), absent);
    let asked = door.ask(Some(&bob), remove());
    assert_eq!(refusal(door.sign_in().remove_passkey(asked).await), absent);
    assert!(listed(&door, &bob).await.is_empty());

    let asked = door.ask(Some(&ann), rename("  laptop "));
    let renamed = door.sign_in().rename_passkey(asked).await.unwrap();
    assert_eq!(renamed.into_inner().passkey.unwrap().name, "laptop");
    let asked = door.ask(Some(&ann), remove());
    door.sign_in().remove_passkey(asked).await.unwrap();
    assert!(audited(&door, "passkey.rename").await && audited(&door, "passkey.remove").await);
    assert!(listed(&door, &ann).await.is_empty());
    assert_eq!(
        tries(&door, &mut authenticator).await.unwrap_err(),
        refused()
    );
}
