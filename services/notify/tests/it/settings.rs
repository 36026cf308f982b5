//! Who decides what an organization is told, and what that changes.
use wt_fault::{Fault, Kind};
use wt_model::Role;
use wt_proto::notify::Settings;
use wt_testkit::{MailSink, wait};

use crate::fixture::{Fixture, PATIENCE, change, member, organization, run_id};

fn settings(recipients: &[&str]) -> Settings {
    Settings {
        email_enabled: true,
        min_severity: "high".to_owned(),
        recipients: recipients.iter().map(ToString::to_string).collect(),
    }
}

#[tokio::test]
async fn settings_decide_who_is_told_and_belong_to_one_organization() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let (ours, theirs) = (organization(), organization());
    let (admin, stranger) = (member(ours, Role::Admin), member(theirs, Role::Owner));
    let kept = fixture
        .put_settings(&admin, settings(&["Ops@Example.com", "Ops@example.com"]))
        .await
        .unwrap();
    assert_eq!(kept.recipients, ["Ops@example.com"]);
    assert_eq!(fixture.get_settings(&admin).await.unwrap(), kept);
    let default = fixture.get_settings(&stranger).await.unwrap();
    assert_eq!((default.email_enabled, default.recipients.len()), (true, 0));

    fixture.led_to(
        ours,
        vec![
            change("NEW", "high", "Told", "a.example"),
            change("NEW", "medium", "Untold", "a.example"),
        ],
    );
    fixture
        .run_changed(ours, &run_id(), "on_demand", "completed")
        .await;
    let mail = wait::until(PATIENCE, "a mail", async || {
        sink.mails().unwrap().into_iter().next()
    })
    .await;
    assert_eq!(mail.recipients, ["Ops@example.com"]);
    assert!(mail.text.contains("Told") && !mail.text.contains("Untold"));
    assert!(fixture.tenant.callers_of("ListMembers").is_empty());
    fixture.delivery_in(&admin, "sent").await;
    assert!(fixture.deliveries(&stranger).await.is_empty());
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_by_name() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let admin = member(organization(), Role::Admin);
    for (bad, field) in [
        (
            settings(&["a@example.com", "b@example.com\r\nBcc: c@example.com"]),
            "recipients[1]",
        ),
        (settings(&["nobody"]), "recipients[0]"),
        (settings(&["a@example.com"; 51]), "recipients"),
        (
            Settings {
                min_severity: "awful".to_owned(),
                ..settings(&[])
            },
            "min_severity",
        ),
    ] {
        let fault = fixture.put_settings(&admin, bad).await.unwrap_err();
        assert_eq!(fault.kind(), Kind::Invalid);
        assert_eq!(fault.fields()[0].field, field);
    }
    assert_eq!(
        fixture.get_settings(&admin).await.unwrap().min_severity,
        "low"
    );
}

#[tokio::test]
async fn only_who_manages_notifications_changes_them() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    for role in [Role::Viewer, Role::Operator, Role::Auditor] {
        let fault = fixture
            .put_settings(&member(tenant, role), settings(&[]))
            .await
            .unwrap_err();
        assert_eq!(fault.kind(), Kind::Forbidden, "{role}");
    }
    assert!(
        fixture
            .get_settings(&member(tenant, Role::Viewer))
            .await
            .is_ok()
    );
}
