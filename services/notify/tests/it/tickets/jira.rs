//! Jira, of Cloud and of Data Center.
use axum::http::Method;

use super::{KEY, Scene, event, jira};
use crate::forge::{ACCOUNT, Mishap};

#[tokio::test]
async fn jira_is_kept_the_same_way_with_its_transitions() {
    for account in [ACCOUNT, ""] {
        let scene = Scene::with(|forge| jira(forge, account)).await;
        assert_eq!(scene.test().await.state, "sent");
        scene.forge.next(Method::POST, "/issue", Mishap::Lost);
        scene.happens(vec![event("NEW", 0)]).await;
        let ticket = scene.ticket_in("open").await;
        assert_eq!(ticket.number, "SEC-1");
        assert!(ticket.url.ends_with("/jira/browse/SEC-1"), "{}", ticket.url);
        assert_eq!(scene.forge.posts("/issue"), 1);
        let search = if account.is_empty() {
            "/search"
        } else {
            "/search/jql"
        };
        assert!(
            scene
                .forge
                .heard()
                .iter()
                .any(|one| one.path.ends_with(search))
        );
        scene.forge.next(Method::POST, "/comment", Mishap::Lost);
        scene.happens(vec![event("FIXED", 1)]).await;
        scene.ticket_in("closed").await;
        scene.happens(vec![event("REOPENED", 2)]).await;
        scene.ticket_in("open").await;
        let issue = scene.forge.issues().remove(0);
        assert_eq!(issue.turned, ["2", "3"]);
        assert_eq!(
            (issue.labels.as_slice(), issue.comments.len()),
            ([KEY.to_owned()].as_slice(), 2)
        );
        assert!(
            issue.body.contains("{noformat}") && issue.comments[0].contains("/packet?format=html")
        );
        // Where the workflow offers no such way, it is told and left where it is.
        scene.happens(vec![event("REOPENED", 3)]).await;
        let told = scene.settled(5).await.remove(0);
        assert!(told.state == "sent" && told.last_error.contains("no transition Reopen"));
    }
}
