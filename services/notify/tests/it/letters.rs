//! Mails to one person about themselves, asked for on the bus.
use time::{Duration, OffsetDateTime};
use wt_bus::envelope_for;
use wt_model::{MailKind, Principal, TenantKey};
use wt_proto::{convert::to_timestamp, event};
use wt_testkit::{MailSink, wait};

use crate::fixture::{Fixture, PATIENCE, organization};

const SECRET: &str = "s3cr3t-t0ken";

fn mail(kind: &str) -> event::TenantMail {
    event::TenantMail {
        kind: kind.to_owned(),
        recipient: "ann@example.com".to_owned(),
        display_name: "Ann".to_owned(),
        organization: "Example <b>Ltd</b>".to_owned(),
        link: format!("/invitations?token={SECRET}"),
        actor: "Bob".to_owned(),
        reason: "operator".to_owned(),
        expires_at: Some(to_timestamp(OffsetDateTime::now_utc() + Duration::days(7))),
    }
}

/// Undoes quoted-printable as far as these mails use it.
fn plain(text: &str) -> String {
    text.replace("=\n", "").replace("=3D", "=")
}

fn envelope(tenant: TenantKey, mail: &event::TenantMail) -> event::Envelope {
    let principal = Principal::service("tenant", tenant);
    envelope_for("tenant", tenant, &principal, mail)
}

/// How many letters are in a state and still have text.
async fn letters(fixture: &Fixture, state: &str) -> (i64, i64) {
    let mut superuser = fixture.database.superuser().await.unwrap();
    sqlx::query_as(
        "select count(*), count(*) filter (where body_text <> '') from notify.letters where state = $1",
    )
    .bind(state)
    .fetch_one(&mut superuser)
    .await
    .unwrap()
}

async fn settled(fixture: &Fixture, state: &str, count: i64) -> i64 {
    wait::until(PATIENCE, state, async || {
        let (found, with_text) = letters(fixture, state).await;
        (found == count).then_some(with_text)
    })
    .await
}

#[tokio::test]
async fn every_kind_arrives_once_and_its_text_is_forgotten() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    for kind in MailKind::ALL {
        let said = envelope(tenant, &mail(kind.as_str()));
        fixture.publish_as("tenant.mail", &said).await;
        // The bus may say a thing twice.
        fixture.publish_as("tenant.mail", &said).await;
    }
    let count = i64::try_from(MailKind::ALL.len()).unwrap();
    assert_eq!(settled(&fixture, "sent", count).await, 0);
    let mails = sink.mails().unwrap();
    assert_eq!(mails.len(), MailKind::ALL.len());
    for mail in &mails {
        assert_eq!(mail.recipients, ["ann@example.com"]);
        let body = plain(&mail.text);
        let link = format!("https://wt.example/invitations?token={SECRET}");
        assert!(body.contains(&link), "{body}");
        assert!(
            !body.contains("<p>Bob asks you to join Example <b>"),
            "{body}"
        );
    }
    let subjects: Vec<_> = mails
        .iter()
        .filter_map(|mail| mail.header("Subject"))
        .collect();
    let invites = "Bob invites you to Example <b>Ltd</b> on Watchtower";
    assert!(
        subjects.iter().any(|subject| subject == invites),
        "{subjects:?}"
    );
}

#[tokio::test]
async fn a_mail_whose_link_ran_out_is_not_sent() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let late = event::TenantMail {
        expires_at: Some(to_timestamp(OffsetDateTime::now_utc() - Duration::MINUTE)),
        ..mail("reset_password")
    };
    fixture
        .publish_as("tenant.mail", &envelope(organization(), &late))
        .await;
    assert_eq!(settled(&fixture, "failed", 1).await, 0);
    assert!(sink.mails().unwrap().is_empty());
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_never_sent() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = organization();
    let elsewhere = event::TenantMail {
        link: "//evil.example/".to_owned(),
        ..mail("invitation")
    };
    fixture
        .publish_as("tenant.mail", &envelope(tenant, &elsewhere))
        .await;
    // Behind it in the stream: when this one is out, the first was looked at.
    fixture
        .publish_as("tenant.mail", &envelope(tenant, &mail("verify_email")))
        .await;
    settled(&fixture, "sent", 1).await;
    let mails = sink.mails().unwrap();
    let subjects: Vec<_> = mails
        .iter()
        .filter_map(|mail| mail.header("Subject"))
        .collect();
    assert_eq!(subjects, ["Confirm your mail address for Watchtower"]);
}
