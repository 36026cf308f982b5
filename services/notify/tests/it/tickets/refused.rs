//! A tracker that says no, or that it is too much.
use axum::http::Method;
use serde_json::json;
use time::OffsetDateTime;
use wt_proto::notify::PutIntegrationRequest;
use wt_testkit::wait;

use super::{Scene, event_of, github};
use crate::fixture::PATIENCE;
use crate::forge::Mishap;

#[tokio::test]
async fn limits_are_waited_for_and_count_as_no_attempt() {
    let scene = Scene::with(github).await;
    let reset = (OffsetDateTime::now_utc() + time::Duration::minutes(20)).unix_timestamp();
    let limits = [
        (429, vec![("retry-after", "900".to_owned())], json!({})),
        (
            403,
            vec![
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-reset", reset.to_string()),
            ],
            json!({}),
        ),
        (
            403,
            vec![],
            json!({ "message": "You have exceeded a secondary rate limit." }),
        ),
    ];
    for (at, (status, headers, said)) in limits.into_iter().enumerate() {
        let key = format!("exp1_{at}aaaaaaaaaaaaaaaaaaaaaaaaa");
        let mishap = Mishap::Answered(status, headers, said);
        scene.forge.next(Method::POST, "/issues", mishap);
        scene.happens(vec![event_of(&key, "NEW", 0)]).await;
        let waits = wait::until(PATIENCE, "it to wait", async || {
            let all = scene.fixture.sent_to(&scene.admin, &scene.id).await;
            all.into_iter()
                .find(|one| one.exposure_key == key && one.last_status == u32::from(status))
        })
        .await;
        assert_eq!((waits.state.as_str(), waits.attempts), ("pending", 0));
        let again = waits.next_attempt_at.unwrap().seconds;
        let wait = again - OffsetDateTime::now_utc().unix_timestamp();
        let least = if at == 2 { 50 } else { 800 };
        assert!((least..=1_200).contains(&wait), "{status}: {wait} s");
    }
    assert_eq!(
        scene
            .fixture
            .integration(&scene.admin, &scene.id)
            .await
            .failures,
        0
    );
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_five_given_up_switch_it_off() {
    let scene = Scene::start(&[("--retry-base", "1ms")], github).await;
    for (status, says) in [
        (401, "store a new one"),
        (403, "read and write"),
        (404, "owner/repository"),
        (410, "has no issues"),
    ] {
        scene.forge.next_many(1, &Method::GET, "/web", status);
        let failed = scene.test().await;
        assert!(failed.last_error.contains(says), "{}", failed.last_error);
        let now = scene.fixture.integration(&scene.admin, &scene.id).await;
        assert_eq!((now.failing, now.failures), (failed.last_error, 0));
    }
    let good = scene.test().await;
    assert_eq!((good.state.as_str(), good.last_status), ("sent", 200));
    let now = scene.fixture.integration(&scene.admin, &scene.id).await;
    assert_eq!(now.failing, "");
    assert_eq!(scene.forge.posts(""), 0, "a test makes nothing");
    scene.forge.next_many(1_000, &Method::POST, "/issues", 404);
    let keys: Vec<_> = (0..6)
        .map(|at| format!("exp1_{at}aaaaaaaaaaaaaaaaaaaaaaaaa"))
        .collect();
    let news = keys.iter().map(|key| event_of(key, "NEW", 0)).collect();
    scene.happens(news).await;
    let off = wait::until(PATIENCE, "it to be switched off", async || {
        let now = scene.fixture.integration(&scene.admin, &scene.id).await;
        (!now.enabled).then_some(now)
    })
    .await;
    assert!(off.disabled_reason.contains("five") && off.failing.contains("owner/repository"));
    for key in &keys {
        assert!(!scene.ticket_of(key, "failed").await.error.is_empty());
    }
    // What was given up is made once somebody mended it, and asks again.
    scene.forge.clear_mishaps();
    let on = PutIntegrationRequest {
        id: scene.id.clone(),
        address: String::new(),
        token: String::new(),
        ..github(&scene.forge)
    };
    scene
        .fixture
        .put_integration(&scene.admin, on)
        .await
        .unwrap();
    scene.asks(&scene.admin, &keys[0], &scene.id).await.unwrap();
    scene.ticket_of(&keys[0], "open").await;
    assert_eq!(scene.forge.issues().len(), 1);
}
