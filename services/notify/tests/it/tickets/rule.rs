//! Which exposures have an issue, and what becomes of it when nobody needs it any more.
use wt_proto::notify::{IntegrationRule, PutIntegrationRequest};
use wt_proto::results;

use super::{KEY, Scene, event, event_of, github};

#[tokio::test]
async fn a_rule_decides_what_has_an_issue_and_not_when_it_is_closed() {
    let scene = Scene::with(|forge| PutIntegrationRequest {
        rule: Some(IntegrationRule {
            min_severity: "high".to_owned(),
            ..Default::default()
        }),
        ..github(forge)
    })
    .await;
    let low = |kind, minute| results::ExposureEvent {
        severity: "low".to_owned(),
        ..event(kind, minute)
    };
    let elsewhere = "exp1_bbbbbbbbbbbbbbbbbbbbbbbbbb";
    scene
        .happens(vec![low("NEW", 0), event_of(elsewhere, "CHANGED", 0)])
        .await;
    scene.fixture.decided(1).await;
    assert!(
        scene
            .fixture
            .sent_to(&scene.admin, &scene.id)
            .await
            .is_empty()
    );
    scene.happens(vec![event("REOPENED", 1)]).await;
    scene.ticket_in("open").await;
    scene.happens(vec![low("FIXED", 2)]).await;
    scene.ticket_in("closed").await;
    // What goes back and forth turns the issue there is, and makes none.
    let flaps = |event| results::ExposureEvent {
        flapping: true,
        ..event
    };
    let news = vec![
        flaps(event("REOPENED", 3)),
        flaps(event_of(elsewhere, "REOPENED", 3)),
    ];
    scene.happens(news).await;
    scene.ticket_in("open").await;
    assert_eq!(scene.forge.issues().len(), 1);
}

#[tokio::test]
async fn what_is_fixed_before_its_issue_is_made_has_none() {
    let scene = Scene::with(github).await;
    scene.stands("fixed");
    scene.happens(vec![event("NEW", 0)]).await;
    let ticket = scene.ticket_in("failed").await;
    assert!(ticket.error.contains("settled"), "{}", ticket.error);
    assert_eq!(scene.forge.heard().len(), 0);
    // Back later, it has one.
    scene.stands("open");
    scene.happens(vec![event("REOPENED", 1)]).await;
    scene.ticket_in("open").await;
}

#[tokio::test]
async fn an_issue_that_somebody_deleted_is_no_failure() {
    let scene = Scene::with(github).await;
    scene.happens(vec![event("NEW", 0)]).await;
    scene.ticket_in("open").await;
    scene.forge.delete_all();
    scene.happens(vec![event("CHANGED", 1)]).await;
    scene.ticket_in("gone").await;
    let told = scene.settled(2).await.remove(0);
    assert_eq!(told.state, "sent");
    let now = scene.fixture.integration(&scene.admin, &scene.id).await;
    assert_eq!((now.failing.as_str(), now.failures), ("", 0));
    // Nothing makes another but a person.
    scene.happens(vec![event("REOPENED", 2)]).await;
    scene.settled(3).await;
    assert_eq!(scene.forge.issues().len(), 1);
    scene.asks(&scene.admin, KEY, &scene.id).await.unwrap();
    assert_eq!(scene.ticket_in("open").await.number, "2");
}
