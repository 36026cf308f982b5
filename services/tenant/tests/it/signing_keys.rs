//! The keys that sign access tokens change while the service runs.
use wt_auth::Jwks;
use wt_proto::tenant::{GetJwksRequest, LogInRequest, SessionResponse};
use wt_testkit::wait;

use crate::door::{Door, PASSWORD, PATIENCE};

async fn published(door: &Door) -> Vec<String> {
    let asked = door.ask(None, GetJwksRequest {});
    let jwks = door.client().get_jwks(asked).await.unwrap().into_inner();
    let set = Jwks::from_json(&jwks.jwks_json).unwrap();
    set.key_ids().map(ToOwned::to_owned).collect()
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

fn key_of(session: &SessionResponse) -> String {
    let header = session.access_token.split('.').next().unwrap();
    let header = data_encoding::BASE64URL_NOPAD
        .decode(header.as_bytes())
        .unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header.get("kid").unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs_and_the_last_one_until_its_tokens_are_over() {
    let door = Door::open().await;
    let first = door.sign_up("ann@example.com", "bearer").await;
    wait::until(PATIENCE, "the first key", || async {
        let keys = door.count("select count(*) from tenant.signing_keys").await;
        (keys == 1).then_some(())
    })
    .await;
    // The first key is about to end.
    door.change(
        "update tenant.signing_keys
         set created_at = now() - interval '30 days', signs_from = now() - interval '30 days',
             signs_until = now() + interval '30 minutes',
             published_until = now() + interval '45 minutes'",
    )
    .await;
    wait::until(PATIENCE, "the next key", || async {
        (published(&door).await.len() == 2).then_some(())
    })
    .await;
    let before = logs_in(&door).await;
    assert_eq!(key_of(&before), key_of(&first));

    // Its time has come.
    door.change(
        "update tenant.signing_keys set created_at = created_at - interval '31 minutes',
             signs_from = signs_from - interval '31 minutes',
             signs_until = signs_until - interval '31 minutes',
             published_until = published_until - interval '31 minutes'",
    )
    .await;
    let after = wait::until(PATIENCE, "the change", || async {
        let session = logs_in(&door).await;
        (key_of(&session) != key_of(&first)).then_some(session)
    })
    .await;
    for session in [&first, &before, &after] {
        door.principal(session).await;
    }
    door.change(
        "update tenant.signing_keys set published_until = now() + interval '1 millisecond'
         where signs_until < now()",
    )
    .await;
    wait::until(PATIENCE, "the last key to go", || async {
        (published(&door).await == [key_of(&after)]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn no_private_key_is_stored_as_it_is() {
    let door = Door::open().await;
    door.sign_up("ann@example.com", "bearer").await;
    let sealed: Vec<u8> = wait::until(PATIENCE, "the first key", || async {
        sqlx::query_scalar("select private_key from tenant.signing_keys")
            .fetch_optional(&mut door.database.superuser().await.unwrap())
            .await
            .unwrap()
    })
    .await;
    let text = String::from_utf8_lossy(&sealed);
    assert!(!text.contains("PRIVATE KEY"));
}
