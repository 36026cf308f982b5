//! The second factor: an authenticator app, its codes, and the codes for the day it is lost.
use wt_fault::Kind;
use wt_model::Principal;
use wt_proto::tenant::{
    CompleteMfaRequest, ConfirmTotpRequest, EnrolTotpRequest, GetMfaRequest, LogInRequest,
    NewRecoveryCodesRequest, RemoveTotpRequest, SessionResponse,
};

use crate::door::{Door, PASSWORD, refusal};

/// The code of a seed now, by arithmetic of this test's own (RFC 6238), `ahead` steps from now.
fn code(secret: &str, ahead: i64) -> String {
    let seed = data_encoding::BASE32_NOPAD
        .decode(secret.as_bytes())
        .unwrap();
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &seed);
    let tag = aws_lc_rs::hmac::sign(&key, &(now / 30 + ahead).to_be_bytes());
    let at = usize::from(tag.as_ref().last().unwrap() & 15);
    let four: [u8; 4] = tag.as_ref().get(at..at + 4).unwrap().try_into().unwrap();
    format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    )
}

/// Six digits that are no code around now.
fn wrong_code(secret: &str) -> String {
    let right: Vec<String> = (-3..=3).map(|ahead| code(secret, ahead)).collect();
    (0..8)
        .map(|number| format!("{number:06}"))
        .find(|wrong| !right.contains(wrong))
        .unwrap()
}

async fn enrols(door: &Door, person: &Principal) -> (String, Vec<String>) {
    let asked = door.ask(
        Some(person),
        EnrolTotpRequest {
            password: PASSWORD.to_owned(),
        },
    );
    let enrolment = door.sign_in().enrol_totp(asked).await.unwrap().into_inner();
    let confirm = ConfirmTotpRequest {
        code: code(&enrolment.secret, -1),
    };
    let asked = door.ask(Some(person), confirm);
    let confirmed = door.sign_in().confirm_totp(asked).await.unwrap();
    (enrolment.secret, confirmed.into_inner().recovery_codes)
}

pub(crate) async fn with_app(door: &Door) -> (Principal, String, Vec<String>) {
    let session = door.sign_up("ann@example.com", "bearer").await;
    let ann = door.principal(&session).await;
    let (secret, codes) = enrols(door, &ann).await;
    (ann, secret, codes)
}

async fn logs_in(door: &Door) -> SessionResponse {
    let message = LogInRequest {
        email: "ann@example.com".to_owned(),
        password: PASSWORD.to_owned(),
        ..Default::default()
    };
    let answer = door.client().log_in(door.ask(None, message)).await;
    answer.unwrap().into_inner()
}

async fn completes(
    door: &Door,
    mfa_token: &str,
    code: &str,
) -> Result<SessionResponse, (Kind, String)> {
    let message = CompleteMfaRequest {
        mfa_token: mfa_token.to_owned(),
        code: code.to_owned(),
        ..Default::default()
    };
    match door.sign_in().complete_mfa(door.ask(None, message)).await {
        Ok(answer) => Ok(answer.into_inner()),
        refused => Err(refusal(refused)),
    }
}

fn wrong() -> (Kind, String) {
    (Kind::Unauthenticated, "auth.wrong_code".to_owned())
}

#[tokio::test]
async fn a_sign_in_with_an_app_needs_its_code_and_gives_nothing_before() {
    let door = Door::open().await;
    let (ann, secret, codes) = with_app(&door).await;
    assert_eq!(codes.len(), 10);
    let asked = door.ask(Some(&ann), GetMfaRequest {});
    let mfa = door.sign_in().get_mfa(asked).await.unwrap().into_inner();
    assert!(mfa.totp && mfa.recovery_codes_left == 10);

    let begun = logs_in(&door).await;
    assert!(!begun.mfa_token.is_empty());
    assert!(begun.access_token.is_empty() && begun.refresh_token.is_empty());
    assert!(begun.user.is_none() && begun.organization.is_none());
    assert_eq!(
        completes(&door, &begun.mfa_token, &wrong_code(&secret)).await,
        Err(wrong())
    );
    let done = completes(&door, &begun.mfa_token, &code(&secret, 0)).await;
    let session = done.unwrap();
    assert_eq!(door.principal(&session).await.sub, ann.sub);
    // A challenge is answered once.
    let again = completes(&door, &begun.mfa_token, &code(&secret, 1)).await;
    assert_eq!(again.unwrap_err().1, "auth.challenge_over");
    let invented = completes(&door, "invented", &code(&secret, 1)).await;
    assert_eq!(invented.unwrap_err().1, "auth.challenge_over");
}

#[tokio::test]
async fn of_a_hundred_uses_of_one_code_at_once_one_succeeds() {
    let door = Door::open().await;
    let (_, secret, _) = with_app(&door).await;
    let begun = logs_in(&door).await;
    let others = logs_in(&door).await;
    let code = code(&secret, 0);
    let tries = (0..100).map(|at| {
        let token = if at % 2 == 0 { &begun } else { &others };
        completes(&door, &token.mfa_token, &code)
    });
    let done = futures::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|answer| answer.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_guesser_with_the_password_is_stopped_after_ten_codes() {
    let door = Door::open().await;
    let (_, secret, codes) = with_app(&door).await;
    let begun = logs_in(&door).await;
    for _ in 0..10 {
        let guessed = completes(&door, &begun.mfa_token, &wrong_code(&secret)).await;
        assert_eq!(guessed, Err(wrong()));
    }
    // New challenges and right codes make no difference.
    let again = logs_in(&door).await;
    for code in [code(&secret, 0), codes.first().unwrap().clone()] {
        let refused = completes(&door, &again.mfa_token, &code).await.unwrap_err();
        assert_eq!(refused, (Kind::Exhausted, "auth.too_many_codes".to_owned()));
    }
    door.change("update tenant.totp set failures_since = now() - interval '16 minutes'")
        .await;
    assert!(
        completes(&door, &again.mfa_token, &code(&secret, 0))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_recovery_code_works_once_and_new_ones_replace_the_old() {
    let door = Door::open().await;
    let (ann, _, codes) = with_app(&door).await;
    let first = codes.first().unwrap();
    let begun = logs_in(&door).await;
    let typed = first.to_uppercase().replace('-', " ");
    assert!(completes(&door, &begun.mfa_token, &typed).await.is_ok());
    let begun = logs_in(&door).await;
    assert_eq!(
        completes(&door, &begun.mfa_token, first).await,
        Err(wrong())
    );

    let asked = door.ask(
        Some(&ann),
        NewRecoveryCodesRequest {
            password: PASSWORD.to_owned(),
        },
    );
    let fresh = door.sign_in().new_recovery_codes(asked).await.unwrap();
    let fresh = fresh.into_inner().recovery_codes;
    let second = codes.get(1).unwrap();
    assert_eq!(
        completes(&door, &begun.mfa_token, second).await,
        Err(wrong())
    );
    assert!(
        completes(&door, &begun.mfa_token, fresh.first().unwrap())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_app_is_changed_only_with_the_password_and_asked_for_only_once_confirmed() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "bearer").await;
    let ann = door.principal(&session).await;
    let wrong_password = || "not the password".to_owned();
    let asked = door.ask(
        Some(&ann),
        EnrolTotpRequest {
            password: wrong_password(),
        },
    );
    let refused = refusal(door.sign_in().enrol_totp(asked).await);
    assert_eq!(refused.1, "auth.wrong_password");
    let asked = door.ask(
        Some(&ann),
        EnrolTotpRequest {
            password: PASSWORD.to_owned(),
        },
    );
    let enrolment = door.sign_in().enrol_totp(asked).await.unwrap().into_inner();
    assert!(enrolment.uri.contains(&enrolment.secret));
    // Not confirmed: nothing is asked for.
    assert!(logs_in(&door).await.mfa_token.is_empty());

    enrols(&door, &ann).await;
    assert!(!logs_in(&door).await.mfa_token.is_empty());
    let asked = door.ask(
        Some(&ann),
        EnrolTotpRequest {
            password: PASSWORD.to_owned(),
        },
    );
    let refused = refusal(door.sign_in().enrol_totp(asked).await);
    assert_eq!(refused.1, "auth.totp_present");
    let remove = |password| RemoveTotpRequest { password };
    let asked = door.ask(Some(&ann), remove(wrong_password()));
    assert_eq!(
        refusal(door.sign_in().remove_totp(asked).await).1,
        "auth.wrong_password"
    );
    let asked = door.ask(Some(&ann), remove(PASSWORD.to_owned()));
    door.sign_in().remove_totp(asked).await.unwrap();
    assert!(logs_in(&door).await.mfa_token.is_empty());
}

#[tokio::test]
async fn neither_seed_nor_recovery_code_is_stored_as_it_is() {
    let door = Door::open().await;
    let (_, secret, codes) = with_app(&door).await;
    let seed = data_encoding::BASE32_NOPAD
        .decode(secret.as_bytes())
        .unwrap();
    let rows: Vec<String> = sqlx::query_scalar(
        "select t::text from tenant.totp t
         union all select r::text from tenant.recovery_codes r
         union all select a::text from tenant.audit a",
    )
    .fetch_all(&mut door.database.superuser().await.unwrap())
    .await
    .unwrap();
    for text in [
        secret,
        hex::encode(seed),
        codes.first().unwrap().replace('-', ""),
    ] {
        assert!(!rows.iter().any(|row| row.contains(&text)), "{text}");
    }
}
