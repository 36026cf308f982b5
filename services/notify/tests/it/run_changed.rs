//! `run.changed`: who hears of what, and how often.
use wt_model::{PrincipalKind, Role};
use wt_proto::results;
use wt_testkit::{MailSink, wait};

use crate::fixture::{Fixture, PATIENCE, change, member, news, organization, run_id};

async fn mails_to(sink: &MailSink, recipient: &str, count: usize) -> Vec<wt_testkit::fleet::Mail> {
    wait::until(
        PATIENCE,
        &format!("{count} mails to {recipient}"),
        async || {
            let mut mails = sink.mails().unwrap();
            mails.retain(|mail| mail.recipients == [recipient]);
            (mails.len() >= count).then_some(mails)
        },
    )
    .await
}

#[tokio::test]
async fn a_run_that_changed_something_is_mailed_to_each_member() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    fixture.has_members(tenant, &["ann@example.com", "bob@example.com"]);
    fixture.led_to(
        tenant,
        vec![
            change(
                "NEW",
                "high",
                "Expired <b>certificate</b>",
                "www.example.com",
            ),
            change("FIXED", "low", "Missing header", "www.example.com"),
            results::ExposureEvent {
                flapping: true,
                ..change("REOPENED", "high", "Back and forth", "www.example.com")
            },
            change(
                "NEW",
                "info",
                "Below what anybody asked for",
                "www.example.com",
            ),
        ],
    );
    let run = run_id();
    fixture
        .run_changed(tenant, &run, "on_demand", "completed")
        .await;

    let mail = mails_to(&sink, "ann@example.com", 1).await.remove(0);
    mails_to(&sink, "bob@example.com", 1).await;
    assert_eq!(
        mail.header("subject").unwrap(),
        "Watchtower: 1 new, 1 fixed (worst: high)"
    );
    assert_eq!(mail.header("from").unwrap(), "Watchtower <wt@wt.example>");
    assert_eq!(mail.header("to").unwrap(), "ann@example.com");
    assert!(mail.header("message-id").unwrap().ends_with("@wt.example>"));
    assert!(mail.text.contains("text/plain") && mail.text.contains("text/html"));
    assert!(mail.text.contains("www.example.com:443"));
    assert!(
        mail.text.contains("Expired <b>certificate</b>"),
        "text says it as it is"
    );
    assert!(
        mail.text.contains("Expired &lt;b&gt;certificate"),
        "html escapes it"
    );
    assert!(!mail.text.contains("Below what anybody asked for"));
    let caller = fixture.results.callers_of("GetRunSummary").remove(0);
    assert_eq!(
        (caller.service.as_str(), caller.principal.unwrap().kind),
        ("notify", PrincipalKind::Service)
    );

    fixture
        .delivery_in(&member(tenant, Role::Viewer), "sent")
        .await;
}

#[tokio::test]
async fn the_same_news_again_is_no_second_mail() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    fixture.has_members(tenant, &["ann@example.com"]);
    fixture.led_to(
        tenant,
        vec![change("NEW", "high", "Open port", "a.example")],
    );
    let (first, last) = (run_id(), run_id());
    fixture
        .run_changed(tenant, &first, "on_demand", "running")
        .await;
    let news = news(tenant, &first, "on_demand", "completed");
    fixture.publish(&news).await;
    // Another message about the same end, which the broker can't recognise.
    fixture
        .run_changed(tenant, &first, "on_demand", "completed")
        .await;
    mails_to(&sink, "ann@example.com", 1).await;
    fixture.publish(&news).await;
    // Whatever the doubles would have led to comes before this one's mail.
    fixture
        .run_changed(tenant, &last, "on_demand", "completed")
        .await;
    wait::until(PATIENCE, "the last run's mail", async || {
        sink.mails()
            .unwrap()
            .iter()
            .any(|mail| mail.text.contains(&last))
            .then_some(())
    })
    .await;
    assert_eq!(sink.mails().unwrap().len(), 2);
    assert_eq!(
        fixture
            .deliveries(&member(tenant, Role::Viewer))
            .await
            .len(),
        2
    );
}

#[tokio::test]
async fn a_run_that_changed_nothing_is_not_mailed() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let (quiet, loud) = (organization(), organization());
    for tenant in [quiet, loud] {
        fixture.has_members(tenant, &["ann@example.com"]);
    }
    fixture.led_to(
        quiet,
        vec![change("STILL_OPEN", "high", "Open port", "a.example")],
    );
    fixture.led_to(
        loud,
        vec![change("STILL_OPEN", "high", "Open port", "a.example")],
    );
    let run = run_id();
    fixture
        .run_changed(quiet, &run, "on_demand", "completed")
        .await;
    wait::until(PATIENCE, "the notice's end", async || {
        let state: Option<String> =
            sqlx::query_scalar("select state from notify.notices where run_id = $1")
                .bind(&run)
                .fetch_optional(&mut fixture.database.superuser().await.unwrap())
                .await
                .unwrap();
        (state.as_deref() == Some("quiet")).then_some(())
    })
    .await;
    // The answer to a verify run is worth a mail even when it is the same.
    fixture
        .run_changed(loud, &run_id(), "verify", "completed")
        .await;
    let mail = mails_to(&sink, "ann@example.com", 1).await.remove(0);
    assert_eq!(mail.header("subject").unwrap(), "Watchtower: 1 still open");
    assert_eq!(sink.mails().unwrap().len(), 1);
}

#[tokio::test]
async fn results_that_are_away_delay_the_mail_and_lose_nothing() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    fixture.has_members(tenant, &["ann@example.com"]);
    fixture.results.refuses(tenant, "GetRunSummary", 14);
    fixture
        .run_changed(tenant, &run_id(), "on_demand", "completed")
        .await;
    wait::until(PATIENCE, "two questions", async || {
        (fixture.results.callers_of("GetRunSummary").len() >= 2).then_some(())
    })
    .await;
    assert!(sink.mails().unwrap().is_empty());
    fixture.led_to(
        tenant,
        vec![change("NEW", "high", "Open port", "a.example")],
    );
    mails_to(&sink, "ann@example.com", 1).await;
}
