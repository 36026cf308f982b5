//! Letting a program in with a code (RFC 8628).
use wt_fault::Kind;
use wt_model::Principal;
use wt_proto::tenant::{
    AnswerDeviceRequest, GetDeviceRequest, PollDeviceRequest, SessionResponse, StartDeviceRequest,
    StartDeviceResponse,
};

use crate::door::{Door, refusal};

pub(crate) async fn waits(door: &Door) -> StartDeviceResponse {
    let message = StartDeviceRequest {
        client_name: "watchtower on a laptop".to_owned(),
        client: None,
    };
    let answer = door.sign_in().start_device(door.ask(None, message)).await;
    answer.unwrap().into_inner()
}

async fn asks(door: &Door, device_code: &str) -> Result<SessionResponse, (Kind, String)> {
    // The interval has passed.
    door.change("update tenant.device_codes set polled_at = polled_at - interval '5 seconds'")
        .await;
    asks_at_once(door, device_code).await
}

async fn asks_at_once(door: &Door, device_code: &str) -> Result<SessionResponse, (Kind, String)> {
    let message = PollDeviceRequest {
        device_code: device_code.to_owned(),
        client: None,
    };
    match door.sign_in().poll_device(door.ask(None, message)).await {
        Ok(answer) => Ok(answer.into_inner()),
        refused => Err(refusal(refused)),
    }
}

pub(crate) async fn answers(
    door: &Door,
    person: &Principal,
    user_code: &str,
    approve: bool,
) -> Result<(), (Kind, String)> {
    let message = AnswerDeviceRequest {
        user_code: user_code.to_owned(),
        approve,
    };
    match door
        .sign_in()
        .answer_device(door.ask(Some(person), message))
        .await
    {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused)),
    }
}

fn code(refused: Result<SessionResponse, (Kind, String)>) -> String {
    refused.unwrap_err().1
}

#[tokio::test]
async fn a_program_is_let_in_once_by_the_person_who_typed_its_code() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "bearer").await;
    let ann = door.principal(&session).await;
    let waiting = waits(&door).await;
    let pending = code(asks(&door, &waiting.device_code).await);
    assert_eq!(pending, "device.authorization_pending");
    assert_eq!(
        code(asks_at_once(&door, &waiting.device_code).await),
        "device.slow_down"
    );
    let typed = waiting.user_code.to_lowercase().replace('-', " ");
    let asked = door.ask(
        Some(&ann),
        GetDeviceRequest {
            user_code: typed.clone(),
        },
    );
    let shown = door.sign_in().get_device(asked).await.unwrap().into_inner();
    assert_eq!(shown.client_name, "watchtower on a laptop");

    answers(&door, &ann, &typed, true).await.unwrap();
    let program = asks(&door, &waiting.device_code).await.unwrap();
    let principal = door.principal(&program).await;
    assert_eq!(
        (&principal.sub, principal.tenant_key),
        (&ann.sub, ann.tenant_key)
    );
    assert_ne!(principal.sid, ann.sid);
    assert!(!program.refresh_token.is_empty());
    // Neither code works again.
    assert_eq!(
        code(asks(&door, &waiting.device_code).await),
        "device.expired_token"
    );
    let again = answers(&door, &ann, &typed, true).await;
    assert_eq!(again.unwrap_err().1, "device.not_found");
}

#[tokio::test]
async fn a_program_that_is_turned_away_or_forgotten_gets_nothing() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "bearer").await;
    let ann = door.principal(&session).await;
    let denied = waits(&door).await;
    answers(&door, &ann, &denied.user_code, false)
        .await
        .unwrap();
    assert_eq!(
        code(asks(&door, &denied.device_code).await),
        "device.access_denied"
    );

    let forgotten = waits(&door).await;
    door.change("update tenant.device_codes set expires_at = now()")
        .await;
    assert_eq!(
        code(asks(&door, &forgotten.device_code).await),
        "device.expired_token"
    );
    let late = answers(&door, &ann, &forgotten.user_code, true).await;
    assert_eq!(late.unwrap_err().1, "device.not_found");
    for invented in ["", "invented", &forgotten.user_code] {
        assert_eq!(code(asks(&door, invented).await), "device.expired_token");
    }
}

#[tokio::test]
async fn only_a_person_in_their_own_name_lets_a_program_in() {
    let door = Door::open().await;
    let session = door.sign_up("ann@example.com", "bearer").await;
    let ann = door.principal(&session).await;
    let waiting = waits(&door).await;
    let program = Principal {
        kind: wt_model::PrincipalKind::ApiKey,
        sid: None,
        ..ann
    };
    let refused = answers(&door, &program, &waiting.user_code, true).await;
    assert_eq!(refused.unwrap_err().1, "auth.person_only");
    assert_eq!(
        code(asks(&door, &waiting.device_code).await),
        "device.authorization_pending"
    );
}
