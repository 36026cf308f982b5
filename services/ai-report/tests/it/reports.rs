//! Asking for reports, reading them, and who may.
use wt_fault::{Fault, Kind};
use wt_model::{PrincipalKind, Role};
use wt_testkit::wait;

use crate::fixture::{Fixture, PATIENCE, member, organization, run_id, summary};

#[tokio::test]
async fn a_report_says_what_the_run_led_to_and_cites_every_exposure() {
    let fixture = Fixture::start().await;
    let (tenant, run) = (organization(), run_id());
    fixture.has_run(tenant, &run, "partial");
    fixture.led_to(tenant, &summary("Expired certificate", "www.example.com"));
    let operator = member(tenant, Role::Operator);
    let asked = fixture.request(&operator, &run).await.unwrap();
    assert_eq!(
        (asked.state.as_str(), asked.run_id.as_str()),
        ("requested", run.as_str())
    );

    let viewer = member(tenant, Role::Viewer);
    let ready = fixture.settled(&viewer, &asked.id, "ready").await;
    assert_eq!(ready.title, "Scan of 2026-11-21 06:09 UTC");
    let markdown = fixture
        .content(&viewer, &asked.id, "markdown")
        .await
        .unwrap();
    for said in [
        "1 exposure is new\\. \\[1\\]",
        "Expired certificate \\(high\\) on www\\.example\\.com\\:443 is new\\. \\[1\\]",
        "1 of them could not be concluded\\: that is no proof of a fix\\. \\[2\\]",
        "Renew it\\.",
        "1 of 3 jobs failed",
        &format!("1. [exp1_new](https://wt.example/o/{tenant}/exposures/exp1_new)"),
        &format!("2. [exp1_old](https://wt.example/o/{tenant}/exposures/exp1_old)"),
    ] {
        assert!(markdown.contains(said), "{said}\n{markdown}");
    }
    let html = fixture.content(&viewer, &asked.id, "html").await.unwrap();
    assert!(
        html.contains("exp1_new")
            && html.contains("id=\"ref-2\"")
            && html.contains("default-src 'none'")
    );
    let pages = fixture
        .whole_content(&viewer, &asked.id, "pdf")
        .await
        .unwrap();
    assert!(pages.data.starts_with(b"%PDF-") && pages.content.is_empty());
    assert_eq!(pages.content_type, "application/pdf");

    // Asked in the caller's name first, then in the service's own.
    let kinds: Vec<_> = fixture
        .orchestrator
        .callers_of("GetRun")
        .into_iter()
        .map(|call| call.principal.unwrap().kind)
        .collect();
    assert_eq!(kinds, [PrincipalKind::User, PrincipalKind::Service]);
    // Requested and ready were both said.
    wait::until(PATIENCE, "two messages", async || {
        (fixture.broker.messages_in("DOMAIN").await.ok()? == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_same_run_gives_the_same_bytes() {
    let fixture = Fixture::start().await;
    let (tenant, run) = (organization(), run_id());
    fixture.has_run(tenant, &run, "completed");
    let mut told = summary("Expired certificate", "www.example.com");
    // Nothing but the order of these two may differ.
    told.events.clear();
    for exposure in &mut told.exposures {
        "high".clone_into(&mut exposure.severity);
    }
    fixture.led_to(tenant, &told);
    let operator = member(tenant, Role::Operator);
    let first = fixture.request(&operator, &run).await.unwrap();
    fixture.settled(&operator, &first.id, "ready").await;
    told.exposures.reverse();
    fixture.led_to(tenant, &told);
    let second = fixture.request(&operator, &run).await.unwrap();
    fixture.settled(&operator, &second.id, "ready").await;
    assert_ne!(first.id, second.id);
    for format in ["markdown", "html"] {
        let contents = [
            fixture.content(&operator, &first.id, format).await.unwrap(),
            fixture
                .content(&operator, &second.id, format)
                .await
                .unwrap(),
        ];
        assert_eq!(contents[0], contents[1]);
    }
    let first = fixture.whole_content(&operator, &first.id, "pdf").await;
    let second = fixture.whole_content(&operator, &second.id, "pdf").await;
    assert_eq!(first.unwrap().data, second.unwrap().data);
}

#[tokio::test]
async fn what_a_target_chose_is_text_in_both_forms() {
    let fixture = Fixture::start().await;
    let (tenant, run) = (organization(), run_id());
    fixture.has_run(tenant, &run, "completed");
    fixture.led_to(
        tenant,
        &summary("<script>x</script> [a](https://evil.example)", "h\"><img>"),
    );
    let operator = member(tenant, Role::Operator);
    let asked = fixture.request(&operator, &run).await.unwrap();
    fixture.settled(&operator, &asked.id, "ready").await;
    let markdown = fixture
        .content(&operator, &asked.id, "markdown")
        .await
        .unwrap();
    assert!(markdown.contains("\\<script\\>") && !markdown.contains("](https://evil"));
    let html = fixture.content(&operator, &asked.id, "html").await.unwrap();
    assert!(!html.contains("<script") && !html.contains("<img"));
}

#[tokio::test]
async fn asking_again_while_it_is_written_gives_the_same_report() {
    let fixture = Fixture::start().await;
    let (tenant, run) = (organization(), run_id());
    fixture.has_run(tenant, &run, "completed");
    fixture.results.refuses(tenant, "GetRunSummary", 14);
    let operator = member(tenant, Role::Operator);
    let first = fixture.request(&operator, &run).await.unwrap();
    let second = fixture.request(&operator, &run).await.unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!(fixture.list(&operator).await.len(), 1);
    let early = fixture
        .content(&operator, &first.id, "html")
        .await
        .unwrap_err();
    assert_eq!(early.code(), "report.not_ready");
    fixture.led_to(tenant, &summary("Expired certificate", "www.example.com"));
    fixture.settled(&operator, &first.id, "ready").await;
}

#[tokio::test]
async fn a_run_that_has_not_ended_or_is_not_there_has_no_report() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let operator = member(tenant, Role::Operator);
    fixture.has_run(tenant, &run_id(), "running");
    let fault = fixture.request(&operator, &run_id()).await.unwrap_err();
    assert_eq!(
        (fault.kind(), fault.code()),
        (Kind::Precondition, "report.run_unfinished")
    );
    let fault = fixture.request(&operator, "run_x").await.unwrap_err();
    assert_eq!(
        (fault.kind(), fault.fields()[0].field.as_str()),
        (Kind::Invalid, "run_id")
    );
    assert!(fixture.list(&operator).await.is_empty());
}

#[tokio::test]
async fn a_report_that_can_not_be_written_says_why() {
    let fixture = Fixture::start().await;
    let (tenant, run) = (organization(), run_id());
    fixture.has_run(tenant, &run, "completed");
    let mut told = summary("t", "h");
    told.exposures[0].severity = "awful".to_owned();
    fixture.led_to(tenant, &told);
    let operator = member(tenant, Role::Operator);
    let asked = fixture.request(&operator, &run).await.unwrap();
    let failed = fixture.settled(&operator, &asked.id, "failed").await;
    assert_eq!(failed.reason, "stored data is inconsistent");
}

#[tokio::test]
async fn another_organization_finds_nothing() {
    let fixture = Fixture::start().await;
    let (ours, theirs, run) = (organization(), organization(), run_id());
    fixture.has_run(ours, &run, "completed");
    fixture.led_to(ours, &summary("t", "h"));
    let operator = member(ours, Role::Operator);
    let asked = fixture.request(&operator, &run).await.unwrap();
    fixture.settled(&operator, &asked.id, "ready").await;
    let stranger = member(theirs, Role::Owner);
    assert_eq!(
        fixture.get(&stranger, &asked.id).await.unwrap_err().kind(),
        Kind::NotFound
    );
    let fault = fixture
        .content(&stranger, &asked.id, "html")
        .await
        .unwrap_err();
    assert_eq!(fault.code(), "report.not_found");
    assert!(fixture.list(&stranger).await.is_empty());
    assert!(fixture.request(&stranger, &run).await.is_err());
}

#[tokio::test]
async fn a_viewer_reads_reports_and_asks_for_none() {
    let fixture = Fixture::start().await;
    let (tenant, run) = (organization(), run_id());
    fixture.has_run(tenant, &run, "completed");
    fixture.led_to(tenant, &summary("t", "h"));
    let viewer = member(tenant, Role::Viewer);
    assert_eq!(
        fixture.request(&viewer, &run).await.unwrap_err().kind(),
        Kind::Forbidden
    );
    let operator = member(tenant, Role::Operator);
    let asked = fixture.request(&operator, &run).await.unwrap();
    fixture.settled(&viewer, &asked.id, "ready").await;
    let fault = fixture
        .content(&viewer, &asked.id, "docx")
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind(), fault.fields()[0].field.as_str()),
        (Kind::Invalid, "format")
    );
}
