//! What makes, tells and turns an issue, and that none of it is done twice.
use axum::http::Method;
use wt_proto::notify::ReplayIntegrationDeliveryRequest;

use super::{KEY, Scene, event, event_of, github};
use crate::forge::Mishap;

#[tokio::test]
async fn a_new_exposure_has_one_issue_however_often_it_is_told() {
    let scene = Scene::with(github).await;
    let run = scene.happens(vec![event("NEW", 0)]).await;
    for _ in 0..3 {
        scene.told(&run).await;
    }
    let ticket = scene.ticket_in("open").await;
    // Another run that says so once more, and the message sent again by hand.
    scene.happens(vec![event("NEW", 1)]).await;
    let all = scene.settled(2).await;
    let replay = ReplayIntegrationDeliveryRequest {
        integration_id: scene.id.clone(),
        delivery_id: all[1].id.clone(),
    };
    let replayed = scene
        .fixture
        .replay_integration_delivery(&scene.admin, replay);
    replayed.await.unwrap();
    scene.settled(2).await;
    let issue = scene.forge.issues().pop().unwrap();
    assert_eq!(
        (scene.forge.issues().len(), scene.forge.posts("/issues")),
        (1, 1)
    );
    assert_eq!(
        (ticket.number.as_str(), ticket.kind.as_str()),
        ("1", "github")
    );
    assert!(ticket.url.ends_with("/acme/web/issues/1"), "{}", ticket.url);
    assert_eq!(issue.labels, ["security"]);
    assert!(issue.title.contains("certificate at www.example.com:443"));
    assert!(!issue.title.contains('@') && issue.body.contains("Renew it."));
    let link = format!("https://wt.example/o/{}/exposures/{KEY}", scene.tenant);
    assert!(issue.body.contains(&link) && issue.body.contains(KEY));
    let heard = scene.forge.heard();
    assert!(
        heard
            .iter()
            .all(|one| one.headers["x-github-api-version"] == "2022-11-28")
    );
    let (first, again) = (&all[1], &all[0]);
    assert_eq!((first.exposure_key.as_str(), first.last_status), (KEY, 201));
    assert!(
        again.last_error.contains("has its issue"),
        "{}",
        again.last_error
    );
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_issue() {
    let scene = Scene::with(github).await;
    // Made, and the answer breaks off; then the list of issues cannot be read either.
    scene.forge.next(Method::POST, "/issues", Mishap::Lost);
    scene.forge.next_many(2, &Method::GET, "/issues", 502);
    scene.happens(vec![event("NEW", 0)]).await;
    let ticket = scene.ticket_in("open").await;
    assert_eq!(ticket.number, "1");
    assert_eq!(
        (scene.forge.issues().len(), scene.forge.posts("/issues")),
        (1, 1)
    );
    // A gateway that answers for a server which did nothing: it is made at the second attempt.
    let other = "exp1_bbbbbbbbbbbbbbbbbbbbbbbbbb";
    scene.forge.next_many(1, &Method::POST, "/issues", 502);
    scene.happens(vec![event_of(other, "NEW", 0)]).await;
    let ticket = scene.ticket_of(other, "open").await;
    assert_eq!(
        (ticket.number.as_str(), scene.forge.posts("/issues")),
        ("2", 3)
    );
}

#[tokio::test]
async fn what_happens_is_told_once_and_only_a_proven_fix_closes() {
    let scene = Scene::with(github).await;
    scene.happens(vec![event("NEW", 0)]).await;
    scene.ticket_in("open").await;
    // The comment is made, its answer lost.
    scene.forge.next(Method::POST, "/comments", Mishap::Lost);
    scene.happens(vec![event("CHANGED", 1)]).await;
    scene.settled(2).await;
    scene.happens(vec![event("UNRESPONSIVE", 2)]).await;
    scene.settled(3).await;
    assert!(!scene.forge.issues()[0].closed);
    // Told, and the closing is lost.
    scene.forge.next_many(1, &Method::PATCH, "/issues/1", 502);
    scene.happens(vec![event("FIXED", 3)]).await;
    scene.ticket_in("closed").await;
    let issue = scene.forge.issues().remove(0);
    assert!(issue.closed && issue.turned == ["completed"]);
    assert_eq!(issue.comments.len(), 3);
    assert!(issue.comments[2].contains(&format!("/api/v1/exposures/{KEY}/packet?format=html")));
    // What a target says stands in a block of letters.
    for comment in &issue.comments {
        let before = comment.split("evil.example").next().unwrap();
        assert_eq!(before.matches("```").count(), 1, "{comment}");
    }
    // News that comes late changes nothing; what is back reopens.
    scene.happens(vec![event("CHANGED", 2)]).await;
    let late = scene.settled(5).await.remove(0);
    assert!(late.last_error.contains("newer"), "{}", late.last_error);
    scene.happens(vec![event("REOPENED", 4)]).await;
    scene.ticket_in("open").await;
    let issue = scene.forge.issues().remove(0);
    assert!(!issue.closed && issue.turned == ["completed", "reopened"]);
    assert_eq!((issue.comments.len(), scene.forge.issues().len()), (4, 1));
}
