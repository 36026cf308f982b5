//! What becomes of a mail when its server is away, refuses, or is asked twice.
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use wt_model::{Role, TenantKey};
use wt_testkit::{MailSink, wait};

use crate::fixture::{Fixture, PATIENCE, change, member, organization, run_id};

/// A server that answers every recipient with `answer`, and counts how often it was asked.
async fn grumpy(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(grumble(stream, answer, Arc::clone(&count)));
        }
    });
    (address, asked)
}

async fn grumble(stream: TcpStream, answer: &'static str, asked: Arc<AtomicUsize>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let _ = writer.write_all(b"220 here\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let said = if line.starts_with("RCPT") {
            asked.fetch_add(1, Ordering::SeqCst);
            answer
        } else if line.starts_with("EHLO") {
            "250 here\r\n"
        } else {
            "250 ok\r\n"
        };
        if writer.write_all(said.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn something_changed(fixture: &Fixture) -> TenantKey {
    let tenant = organization();
    fixture.has_members(tenant, &["ann@example.com"]);
    fixture.led_to(
        tenant,
        vec![change("NEW", "high", "Open port", "a.example")],
    );
    fixture
        .run_changed(tenant, &run_id(), "on_demand", "completed")
        .await;
    tenant
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_asked_again() {
    let (address, asked) = grumpy("451 later\r\n").await;
    let fixture = Fixture::start(&format!("smtp://{address}")).await;
    let tenant = something_changed(&fixture).await;
    wait::until(PATIENCE, "a third attempt", async || {
        (asked.load(Ordering::SeqCst) >= 3).then_some(())
    })
    .await;
    let delivery = fixture
        .delivery_in(&member(tenant, Role::Viewer), "pending")
        .await;
    assert!(
        delivery.last_error.contains("451"),
        "{}",
        delivery.last_error
    );
}

#[tokio::test]
async fn a_recipient_refused_for_good_is_given_up_at_once() {
    let (address, asked) = grumpy("550 no such user\r\n").await;
    let fixture = Fixture::start(&format!("smtp://{address}")).await;
    let tenant = something_changed(&fixture).await;
    let delivery = fixture
        .delivery_in(&member(tenant, Role::Viewer), "failed")
        .await;
    assert_eq!((delivery.attempts, asked.load(Ordering::SeqCst)), (1, 1));
    assert!(
        delivery.last_error.contains("550"),
        "{}",
        delivery.last_error
    );
}

#[tokio::test]
async fn without_a_mail_server_a_delivery_says_so() {
    let fixture = Fixture::start("").await;
    let tenant = something_changed(&fixture).await;
    let delivery = fixture
        .delivery_in(&member(tenant, Role::Viewer), "failed")
        .await;
    assert!(delivery.last_error.contains("WT_SMTP_URL"));
}

#[tokio::test]
async fn a_mail_sent_again_after_a_crash_is_the_same_mail() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start(&sink.url()).await;
    let tenant = something_changed(&fixture).await;
    fixture
        .delivery_in(&member(tenant, Role::Viewer), "sent")
        .await;
    // As if the process had died between the server's answer and our commit.
    sqlx::query(
        "update notify.deliveries set state = 'pending', sent_at = null, next_attempt_at = now()",
    )
    .execute(&mut fixture.database.superuser().await.unwrap())
    .await
    .unwrap();
    let mails = wait::until(PATIENCE, "the second copy", async || {
        let mails = sink.mails().unwrap();
        (mails.len() == 2).then_some(mails)
    })
    .await;
    for header in ["message-id", "date", "subject"] {
        assert_eq!(
            mails[0].header(header).unwrap(),
            mails[1].header(header).unwrap()
        );
    }
}
