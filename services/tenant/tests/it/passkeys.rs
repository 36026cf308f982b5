//! Passkeys: making, naming and removing them.
use wt_fault::Kind;
use wt_proto::tenant::{BeginPasskeyRequest, RemovePasskeyRequest, RenamePasskeyRequest};

use crate::{
    authenticator::Authenticator,
    door::{Door, refusal},
    passkey_scene::{
        adds, asked_to_make, asked_to_sign, audited, listed, person, refused, tries, with_passkey,
    },
};

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
