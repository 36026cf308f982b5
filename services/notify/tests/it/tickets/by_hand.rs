//! What people ask for, and what they may.
use wt_fault::{Fault, Kind};
use wt_model::{Principal, Role};
use wt_proto::notify::{ListTicketsRequest, PutIntegrationRequest};
use wt_proto::{Message, results};

use super::{KEY, Scene, event, github};
use crate::fixture::{member, organization, webhook};
use crate::forge::{Forge, TOKEN};

#[tokio::test]
async fn a_person_makes_one_issue_of_what_is_open_and_is_theirs() {
    let scene = Scene::with(github).await;
    let operator = member(scene.tenant, Role::Operator);
    let (first, second) = tokio::join!(
        scene.asks(&operator, KEY, &scene.id),
        scene.asks(&operator, KEY, &scene.id)
    );
    assert_eq!(
        (first.unwrap().exposure_key, second.unwrap().exposure_key),
        (KEY.into(), KEY.into())
    );
    let ticket = scene.ticket_in("open").await;
    assert_eq!(ticket.asked_by, operator.sub);
    scene.settled(1).await;
    assert_eq!(scene.forge.posts("/issues"), 1);
    // The rule's news of the same exposure finds it there.
    scene.happens(vec![event("NEW", 0)]).await;
    scene.settled(2).await;
    assert_eq!(scene.forge.issues().len(), 1);

    let refused = async |who: &Principal, id: &str| {
        let fault = scene.asks(who, KEY, id).await.unwrap_err();
        (fault.kind(), fault.code().to_owned())
    };
    let viewer = member(scene.tenant, Role::Viewer);
    assert_eq!(refused(&viewer, &scene.id).await.0, Kind::Forbidden);
    let stranger = organization();
    let answer = results::GetExposureResponse {
        exposure: Some(results::Exposure::default()),
        ..Default::default()
    };
    scene
        .fixture
        .results
        .answers(stranger, "GetExposure", answer.encode_to_vec());
    let them = member(stranger, Role::Owner);
    assert_eq!(refused(&them, &scene.id).await.1, "integration.not_found");
    let listed = ListTicketsRequest {
        exposure_key: KEY.to_owned(),
    };
    let listed = scene.fixture.list_tickets(&them, listed).await.unwrap();
    assert!(listed.tickets.is_empty());
    let nothing = results::GetExposureResponse::default().encode_to_vec();
    scene
        .fixture
        .results
        .answers(stranger, "GetExposure", nothing);
    assert_eq!(refused(&them, &scene.id).await.1, "exposure.not_found");
    let (hook, _) = scene
        .fixture
        .joined(&scene.admin, webhook("http://127.0.0.1:9/"))
        .await;
    assert_eq!(refused(&operator, &hook).await.1, "integration.no_tracker");
    scene.stands("fixed");
    assert_eq!(
        refused(&operator, &scene.id).await.1,
        "ticket.nothing_to_mend"
    );
    let off = PutIntegrationRequest {
        id: scene.id.clone(),
        enabled: false,
        address: String::new(),
        token: String::new(),
        ..github(&scene.forge)
    };
    scene
        .fixture
        .put_integration(&scene.admin, off)
        .await
        .unwrap();
    assert_eq!(refused(&operator, &scene.id).await.1, "integration.off");
    let audited: Vec<(String,)> =
        sqlx::query_as("select object from notify.audit where action = 'ticket.create'")
            .fetch_all(&mut scene.fixture.database.superuser().await.unwrap())
            .await
            .unwrap();
    assert_eq!(audited, [(KEY.to_owned(),)]);
}

#[tokio::test]
async fn a_token_is_sealed_and_goes_nowhere_it_was_not_given_for() {
    let scene = Scene::with(github).await;
    let rows: Vec<(String,)> = sqlx::query_as("select i::text from notify.integrations i")
        .fetch_all(&mut scene.fixture.database.superuser().await.unwrap())
        .await
        .unwrap();
    assert!(!rows[0].0.contains(TOKEN) && !rows[0].0.contains("/api/v3"));
    let elsewhere = Forge::start().await;
    let moved = |token: &str| PutIntegrationRequest {
        id: scene.id.clone(),
        token: token.to_owned(),
        ..github(&elsewhere)
    };
    let fault = scene
        .fixture
        .put_integration(&scene.admin, moved(""))
        .await
        .unwrap_err();
    assert_eq!(fault.fields()[0].field, "token");
    scene
        .fixture
        .put_integration(&scene.admin, moved(TOKEN))
        .await
        .unwrap();
    scene.test().await;
    assert!(scene.forge.heard().is_empty() && !elsewhere.heard().is_empty());
    for (change, field) in [
        (
            PutIntegrationRequest {
                tracker: None,
                ..github(&elsewhere)
            },
            "tracker",
        ),
        (
            PutIntegrationRequest {
                token: String::new(),
                ..github(&elsewhere)
            },
            "token",
        ),
        (
            PutIntegrationRequest {
                token: "two words".to_owned(),
                ..github(&elsewhere)
            },
            "token",
        ),
        (
            PutIntegrationRequest {
                token: TOKEN.to_owned(),
                ..webhook("http://127.0.0.1:9/")
            },
            "token",
        ),
        (
            PutIntegrationRequest {
                address: "http://10.0.0.1/".to_owned(),
                ..github(&elsewhere)
            },
            "address",
        ),
        (
            PutIntegrationRequest {
                kind: "jira".to_owned(),
                ..github(&elsewhere)
            },
            "tracker.project",
        ),
    ] {
        let fault = scene
            .fixture
            .put_integration(&scene.admin, change)
            .await
            .unwrap_err();
        assert_eq!(fault.fields()[0].field, field);
    }
}
