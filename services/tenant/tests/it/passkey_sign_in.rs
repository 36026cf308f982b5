//! Signing in with a passkey: alone, and in place of a code.
use wt_proto::tenant::{ListSessionsRequest, LogInRequest};

use crate::{
    authenticator::Authenticator,
    door::{Door, PASSWORD},
    mfa::with_app,
    passkey_scene::{
        asked_to_make, asked_to_sign, audited, listed, person, refused, signs_in, tries,
        with_passkey,
    },
};

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
