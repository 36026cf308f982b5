//! What webhooks and chats are sent, and what becomes of it when they are slow, away or gone.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use wt_fault::Fault;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::notify::{
    IntegrationRule, PutIntegrationRequest, ReplayIntegrationDeliveryRequest,
    RotateIntegrationSecretRequest, TestIntegrationRequest,
};
use wt_testkit::{MailSink, wait};

use crate::{
    fixture::{Fixture, PATIENCE, change, member, organization, run_id, webhook},
    receiver::{Heard, Receiver, SILENT},
};

/// Lets a run of `tenant` lead to one new and one fixed exposure; nobody is mailed.
async fn something_changed(fixture: &Fixture, tenant: TenantKey) -> String {
    fixture.has_members(tenant, &[]);
    led_to_two(fixture, tenant).await
}

async fn led_to_two(fixture: &Fixture, tenant: TenantKey) -> String {
    let mut new = change("NEW", "high", "Open <port>", "a.example");
    "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".clone_into(&mut new.asset_id);
    let fixed = change("FIXED", "low", "Missing header", "b.example");
    fixture.led_to(tenant, vec![fixed, new]);
    let run = run_id();
    fixture
        .run_changed(tenant, &run, "on_demand", "completed")
        .await;
    run
}

fn admin_of_some() -> (TenantKey, Principal) {
    let tenant = organization();
    (tenant, member(tenant, Role::Admin))
}

/// Whether one of the signatures is `secret`'s, as a receiver of Standard Webhooks checks it.
fn is_signed(heard: &Heard, secret: &str) -> bool {
    let secret = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let header = |name: &str| heard.headers.get(name).unwrap();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let message = format!("{id}.{at}.{}", heard.body);
    header("webhook-signature").split(' ').any(|signature| {
        let tag = STANDARD.decode(signature.strip_prefix("v1,").unwrap());
        hmac::verify(&key, message.as_bytes(), &tag.unwrap()).is_ok()
    })
}

fn told(heard: &Heard) -> Value {
    serde_json::from_str(&heard.body).unwrap()
}

#[tokio::test]
async fn a_run_is_told_to_a_webhook_and_signed_with_its_secret() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(204).await;
    let (tenant, admin) = admin_of_some();
    let (id, secret) = fixture.joined(&admin, webhook(&receiver.url())).await;
    let run = something_changed(&fixture, tenant).await;
    let heard = receiver.hears(1).await.remove(0);
    assert!(is_signed(&heard, &secret));
    assert!(!is_signed(&heard, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_eq!(heard.headers["content-type"], "application/json");
    let told = told(&heard);
    assert_eq!(told["type"], "run.changes");
    assert_eq!(told["data"]["organization"], tenant.to_string());
    assert_eq!(told["data"]["run"]["id"], run);
    let changes = told["data"]["changes"].as_array().unwrap();
    let events: Vec<_> = changes.iter().map(|change| &change["event"]).collect();
    assert_eq!(events, ["NEW", "FIXED"]);
    assert_eq!(changes[0]["title"], "Open <port>");
    let link = changes[0]["url"].as_str().unwrap();
    assert!(link.starts_with(&format!("https://wt.example/o/{tenant}/exposures/exp1_")));
    let delivery = fixture.sent_in(&admin, &id, "sent").await;
    assert_eq!(delivery.message_id, heard.headers["webhook-id"]);
    assert_eq!((delivery.last_status, delivery.attempts), (204, 1));
    assert_eq!(delivery.run_id, run);
    let integration = fixture.integration(&admin, &id).await;
    assert!(integration.last_sent_at.is_some() && integration.last_failed_at.is_none());
}

#[tokio::test]
async fn a_rule_decides_what_goes_where() {
    let fixture = Fixture::start("").await;
    let (tenant, admin) = admin_of_some();
    let (all, fixes, here, elsewhere) = (
        Receiver::start(200).await,
        Receiver::start(200).await,
        Receiver::start(200).await,
        Receiver::start(200).await,
    );
    let rule = |events: &[&str], assets: &[&str]| IntegrationRule {
        min_severity: "low".to_owned(),
        events: events.iter().map(ToString::to_string).collect(),
        asset_ids: assets.iter().map(ToString::to_string).collect(),
    };
    for (receiver, rule) in [
        (&all, rule(&[], &[])),
        (&fixes, rule(&["FIXED"], &[])),
        (&here, rule(&[], &["ast_01ARZ3NDEKTSV4RRFFQ69G5FAV"])),
        (&elsewhere, rule(&[], &["ast_01ARZ3NDEKTSV4RRFFQ69G5FAW"])),
    ] {
        let request = PutIntegrationRequest {
            rule: Some(rule),
            ..webhook(&receiver.url())
        };
        fixture.joined(&admin, request).await;
    }
    something_changed(&fixture, tenant).await;
    for (receiver, events) in [
        (&all, vec!["NEW", "FIXED"]),
        (&fixes, vec!["FIXED"]),
        (&here, vec!["NEW"]),
    ] {
        let told = told(&receiver.hears(1).await[0]);
        let changes = told["data"]["changes"].as_array().unwrap();
        let heard: Vec<_> = changes.iter().map(|change| &change["event"]).collect();
        assert_eq!(heard, events);
    }
    // All were composed in one transaction: what is not there by now never comes.
    fixture.decided(1).await;
    assert_eq!(elsewhere.heard().len(), 0);
}

#[tokio::test]
async fn a_receiver_that_fails_is_asked_again_with_the_same_message() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(500).await;
    let (tenant, admin) = admin_of_some();
    let (id, secret) = fixture.joined(&admin, webhook(&receiver.url())).await;
    something_changed(&fixture, tenant).await;
    receiver.hears(2).await;
    let pending = fixture.sent_in(&admin, &id, "pending").await;
    assert_eq!(pending.last_status, 500);
    assert!(pending.last_error.contains("500") && pending.next_attempt_at.is_some());
    receiver.answers(200);
    fixture.sent_in(&admin, &id, "sent").await;
    let heard = receiver.heard();
    assert!(heard.len() >= 3);
    for again in &heard {
        assert_eq!(again.headers["webhook-id"], heard[0].headers["webhook-id"]);
        assert_eq!(again.body, heard[0].body);
        assert!(is_signed(again, &secret));
    }
}

#[tokio::test]
async fn a_message_sent_again_after_a_crash_is_the_same_message() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(200).await;
    let (tenant, admin) = admin_of_some();
    let (id, _) = fixture.joined(&admin, webhook(&receiver.url())).await;
    something_changed(&fixture, tenant).await;
    fixture.sent_in(&admin, &id, "sent").await;
    // As if the process had died between the receiver's answer and our commit.
    sqlx::query(
        "update notify.integration_deliveries
         set state = 'pending', sent_at = null, next_attempt_at = now()",
    )
    .execute(&mut fixture.database.superuser().await.unwrap())
    .await
    .unwrap();
    let heard = receiver.hears(2).await;
    assert_eq!(
        heard[0].headers["webhook-id"],
        heard[1].headers["webhook-id"]
    );
    assert_eq!(heard[0].body, heard[1].body);
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_nobody_else() {
    let fixture = Fixture::start("").await;
    let slow = Receiver::start(SILENT).await;
    let (tenant, admin) = admin_of_some();
    // As many as are served at once for one organization.
    for _ in 0..4 {
        fixture.joined(&admin, webhook(&slow.url())).await;
    }
    something_changed(&fixture, tenant).await;
    slow.hears(4).await;
    let quick = Receiver::start(200).await;
    let (other, other_admin) = admin_of_some();
    fixture.joined(&other_admin, webhook(&quick.url())).await;
    something_changed(&fixture, other).await;
    quick.hears(1).await;
    // The slow ones are given 10 s, and none of them is through.
    assert_eq!(slow.heard().len(), 4);
    for slow in fixture.integration_ids(&admin).await {
        assert_eq!(fixture.sent_to(&admin, &slow).await[0].attempts, 0);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(307).await;
    let (_, admin) = admin_of_some();
    let (id, _) = fixture.joined(&admin, webhook(&receiver.url())).await;
    let test = TestIntegrationRequest { id: id.clone() };
    fixture.test_integration(&admin, test).await.unwrap();
    let delivery = fixture.sent_in(&admin, &id, "failed").await;
    // A test is tried once.
    assert_eq!((delivery.last_status, delivery.attempts), (307, 1));
    assert_eq!(receiver.heard().len(), 1);
    assert_eq!(fixture.integration(&admin, &id).await.failures, 0);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_asked() {
    let fixture = Fixture::start_with("", &[("--allowed-networks", "")]).await;
    let receiver = Receiver::start(200).await;
    let (_, admin) = admin_of_some();
    let address = format!("https://localhost:{}/path-of-a-secret", receiver.port());
    let (id, _) = fixture.joined(&admin, webhook(&address)).await;
    let test = TestIntegrationRequest { id: id.clone() };
    fixture.test_integration(&admin, test).await.unwrap();
    let delivery = fixture.sent_in(&admin, &id, "failed").await;
    assert!(
        delivery.last_error.contains("no public address"),
        "{}",
        delivery.last_error
    );
    assert!(!delivery.last_error.contains("path-of-a-secret"));
    assert_eq!((delivery.last_status, receiver.heard().len()), (0, 0));
}

#[tokio::test]
async fn five_messages_given_up_switch_it_off_and_an_administrator_is_told() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start_with(&sink.url(), &[("--retry-base", "1ms")]).await;
    let receiver = Receiver::start(500).await;
    let (tenant, admin) = admin_of_some();
    let (id, _) = fixture.joined(&admin, webhook(&receiver.url())).await;
    let people = [("ann@example.com", "admin"), ("bob@example.com", "viewer")];
    fixture.has_people(tenant, &people);
    for _ in 0..6 {
        led_to_two(&fixture, tenant).await;
    }
    let off = wait::until(PATIENCE, "it to be switched off", async || {
        let now = fixture.integration(&admin, &id).await;
        (!now.enabled).then_some(now)
    })
    .await;
    assert_eq!(off.failures, 5);
    assert!(
        off.disabled_reason.contains("five"),
        "{}",
        off.disabled_reason
    );
    let letter = wait::until(PATIENCE, "the letter", async || {
        let mails = sink.mails().unwrap().into_iter();
        mails
            .filter(|mail| {
                mail.header("subject")
                    .unwrap()
                    .contains("switched off tickets")
            })
            .collect::<Vec<_>>()
            .pop()
    })
    .await;
    assert_eq!(letter.recipients, ["ann@example.com"]);
    // What waited is not sent to one that is off, and can be sent again once it is on.
    let missed = fixture.sent_in(&admin, &id, "failed").await;
    let replay = || ReplayIntegrationDeliveryRequest {
        integration_id: id.clone(),
        delivery_id: missed.id.clone(),
    };
    let fault = fixture.replay_integration_delivery(&admin, replay()).await;
    assert_eq!(fault.unwrap_err().code(), "integration.off");
    receiver.answers(200);
    let on = PutIntegrationRequest {
        id: id.clone(),
        ..webhook("")
    };
    let on = fixture.put_integration(&admin, on).await.unwrap();
    let on = on.integration.unwrap();
    assert_eq!((on.failures, on.disabled_reason.as_str()), (0, ""));
    fixture
        .replay_integration_delivery(&admin, replay())
        .await
        .unwrap();
    let sent = fixture.sent_in(&admin, &id, "sent").await;
    assert_eq!(
        (&sent.id, &sent.message_id),
        (&missed.id, &missed.message_id)
    );
}

#[tokio::test]
async fn a_receiver_that_says_it_is_gone_is_believed_at_once() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(410).await;
    let (tenant, admin) = admin_of_some();
    let (id, _) = fixture.joined(&admin, webhook(&receiver.url())).await;
    something_changed(&fixture, tenant).await;
    let delivery = fixture.sent_in(&admin, &id, "failed").await;
    assert_eq!((delivery.attempts, delivery.last_status), (1, 410));
    let off = fixture.integration(&admin, &id).await;
    assert!(!off.enabled && off.disabled_reason.contains("410"));
    // A test goes out all the same.
    receiver.answers(200);
    let test = TestIntegrationRequest { id: id.clone() };
    fixture.test_integration(&admin, test).await.unwrap();
    let heard = receiver.hears(2).await;
    assert_eq!(told(&heard[1])["type"], "test");
    // Nothing is composed for it any more.
    something_changed(&fixture, tenant).await;
    fixture.decided(2).await;
    assert_eq!(fixture.sent_to(&admin, &id).await.len(), 2);
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(200).await;
    let (_, admin) = admin_of_some();
    let (id, old) = fixture.joined(&admin, webhook(&receiver.url())).await;
    let rotate = RotateIntegrationSecretRequest { id: id.clone() };
    let rotated = fixture.rotate_integration_secret(&admin, rotate).await;
    let rotated = rotated.unwrap();
    assert_ne!(rotated.secret, old);
    assert!(rotated.integration.unwrap().old_secret_until.is_some());
    let test = || TestIntegrationRequest { id: id.clone() };
    fixture.test_integration(&admin, test()).await.unwrap();
    let heard = receiver.hears(1).await.remove(0);
    assert!(is_signed(&heard, &old) && is_signed(&heard, &rotated.secret));
    // A day later.
    sqlx::query("update notify.integrations set old_until = now()")
        .execute(&mut fixture.database.superuser().await.unwrap())
        .await
        .unwrap();
    fixture.test_integration(&admin, test()).await.unwrap();
    let heard = receiver.hears(2).await.remove(1);
    assert!(!is_signed(&heard, &old) && is_signed(&heard, &rotated.secret));
}

#[tokio::test]
async fn a_chat_is_told_in_blocks_with_everything_a_target_chose_escaped() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(200).await;
    let (tenant, admin) = admin_of_some();
    let slack = PutIntegrationRequest {
        kind: "slack".to_owned(),
        ..webhook(&receiver.url())
    };
    let (id, secret) = fixture.joined(&admin, slack).await;
    assert_eq!(secret, "");
    let run = something_changed(&fixture, tenant).await;
    let heard = receiver.hears(1).await.remove(0);
    assert!(!heard.headers.contains_key("webhook-signature"));
    let told = told(&heard);
    assert_eq!(told["text"], "Watchtower: 1 new, 1 fixed (worst: high)");
    let first = told["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(first.contains("|Open &lt;port&gt;>"), "{first}");
    let last = told["blocks"][3]["elements"][0]["text"].as_str().unwrap();
    assert_eq!(
        last,
        format!("<https://wt.example/o/{tenant}/scans/{run}|The run>")
    );
    let rotate = RotateIntegrationSecretRequest { id };
    let fault = fixture.rotate_integration_secret(&admin, rotate).await;
    assert_eq!(fault.unwrap_err().code(), "integration.unsigned");
}
