//! Mails to who made a schedule, when a report of it is there.
use wt_bus::envelope_for;
use wt_model::{Principal, TenantKey};
use wt_proto::event;
use wt_testkit::{MailSink, wait};

use crate::fixture::{Fixture, PATIENCE, organization};

/// The only member a fixture's organizations have.
const MEMBER: &str = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const REPORT: &str = "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn ready(title: &str) -> event::ReportReady {
    event::ReportReady {
        report_id: REPORT.to_owned(),
        state: "ready".to_owned(),
        title: title.to_owned(),
        schedule_id: "rsc_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        scheduled_by: MEMBER.to_owned(),
        ..event::ReportReady::default()
    }
}

fn envelope(tenant: TenantKey, ready: &event::ReportReady) -> event::Envelope {
    let principal = Principal::service("ai-report", tenant);
    envelope_for("ai-report", tenant, &principal, ready)
}

/// Subjects of the first `count` mails, in alphabetical order.
async fn subjects(sink: &MailSink, count: usize) -> Vec<String> {
    wait::until(PATIENCE, "the mails", async || {
        let mails = sink.mails().unwrap();
        let mut subjects: Vec<_> = mails
            .iter()
            .filter_map(|mail| mail.header("Subject"))
            .collect();
        subjects.sort();
        (subjects.len() >= count).then_some(subjects)
    })
    .await
}

#[tokio::test]
async fn who_made_the_schedule_is_told_once_and_where_it_is() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    fixture.has_members(tenant, &["ann@example.com"]);
    let said = envelope(tenant, &ready("Weekly report"));
    fixture.publish_as("report.ready", &said).await;
    // The bus may say a thing twice.
    fixture.publish_as("report.ready", &said).await;
    let failed = event::ReportReady {
        state: "failed".to_owned(),
        reason: "results is away".to_owned(),
        ..ready("")
    };
    fixture
        .publish_as("report.ready", &envelope(tenant, &failed))
        .await;
    assert_eq!(
        subjects(&sink, 2).await,
        [
            "Weekly report is ready on Watchtower",
            "Your scheduled report could not be written by Watchtower",
        ]
    );
    for mail in sink.mails().unwrap() {
        assert_eq!(mail.recipients, ["ann@example.com"]);
        let link = format!("https://wt.example/o/{tenant}/reports/{REPORT}");
        assert!(
            mail.text.replace("=\n", "").contains(&link),
            "{}",
            mail.text
        );
    }
}

#[tokio::test]
async fn nobody_is_told_of_a_report_they_asked_for_themselves_or_after_they_left() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    fixture.has_members(tenant, &["ann@example.com"]);
    let asked = event::ReportReady {
        schedule_id: String::new(),
        scheduled_by: String::new(),
        ..ready("Asked for")
    };
    let left = event::ReportReady {
        scheduled_by: "usr_01BX5ZZKBKACTAV9WEVGEMMVRZ".to_owned(),
        ..ready("Of somebody who left")
    };
    for unheard in [asked, left] {
        fixture
            .publish_as("report.ready", &envelope(tenant, &unheard))
            .await;
    }
    // Behind them in the stream.
    fixture
        .publish_as("report.ready", &envelope(tenant, &ready("Weekly report")))
        .await;
    assert_eq!(
        subjects(&sink, 1).await,
        ["Weekly report is ready on Watchtower"]
    );
}
