//! Who may join webhooks and chats, what is kept of them, and who sees it.
use sqlx::Connection as _;
use wt_fault::{Fault, Kind};
use wt_model::Role;
use wt_proto::notify::{
    DeleteIntegrationRequest, IntegrationRule, ListIntegrationDeliveriesRequest,
    ListIntegrationsRequest, PutIntegrationRequest, ReplayIntegrationDeliveryRequest,
    RotateIntegrationSecretRequest, TestIntegrationRequest,
};
use wt_testkit::{MailSink, wait};

use crate::{
    fixture::{Fixture, PATIENCE, change, member, organization, run_id, webhook},
    receiver::Receiver,
};

const NOBODYS: &str = "http://127.0.0.1:9/";

#[tokio::test]
async fn an_address_and_a_secret_are_sealed_and_never_shown_again() {
    let fixture = Fixture::start("").await;
    let receiver = Receiver::start(200).await;
    let admin = member(organization(), Role::Admin);
    let made = fixture
        .put_integration(&admin, webhook(&receiver.url()))
        .await
        .unwrap();
    assert!(made.secret.starts_with("whsec_"), "{}", made.secret);
    let shown = made.integration.unwrap();
    assert_eq!(
        shown.origin,
        format!("http://127.0.0.1:{}", receiver.port())
    );
    assert_eq!(fixture.integration(&admin, &shown.id).await, shown);
    let stored: (String,) = sqlx::query_as(
        "select (select string_agg(i::text, '') from notify.integrations i)
             || (select coalesce(string_agg(a::text, ''), '') from notify.outbox a)",
    )
    .fetch_one(&mut fixture.database.superuser().await.unwrap())
    .await
    .unwrap();
    let raw = made.secret.trim_start_matches("whsec_");
    for secret in ["path-of-a-secret", "hidden", raw] {
        let hex = hex::encode(secret);
        assert!(!stored.0.contains(secret) && !stored.0.contains(&hex));
    }
    // What is left empty stays: the address is not asked for again.
    let renamed = PutIntegrationRequest {
        id: shown.id.clone(),
        name: "renamed".to_owned(),
        ..webhook("")
    };
    let renamed = fixture.put_integration(&admin, renamed).await.unwrap();
    assert_eq!(renamed.secret, "");
    assert_eq!(renamed.integration.unwrap().origin, shown.origin);
    let test = TestIntegrationRequest { id: shown.id };
    fixture.test_integration(&admin, test).await.unwrap();
    assert_eq!(receiver.hears(1).await.len(), 1);
}

#[tokio::test]
async fn nothing_inside_is_taken_as_an_address_and_nothing_in_clear() {
    let fixture = Fixture::start_with("", &[("--allowed-networks", "")]).await;
    let admin = member(organization(), Role::Admin);
    for address in [
        "",
        "no address",
        "file:///etc/passwd",
        "http://example.com/",
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f.1/",
        "https://user:password@example.com/",
    ] {
        let fault = fixture
            .put_integration(&admin, webhook(address))
            .await
            .unwrap_err();
        assert_eq!(fault.kind(), Kind::Invalid, "{address}");
        assert_eq!(fault.fields()[0].field, "address", "{address}");
    }
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_by_name() {
    let fixture = Fixture::start("").await;
    let admin = member(organization(), Role::Admin);
    let rule = |rule: IntegrationRule| PutIntegrationRequest {
        rule: Some(rule),
        ..webhook(NOBODYS)
    };
    let least = || IntegrationRule {
        min_severity: "info".to_owned(),
        ..Default::default()
    };
    for (request, field) in [
        (
            PutIntegrationRequest {
                kind: "pager".to_owned(),
                ..webhook(NOBODYS)
            },
            "kind",
        ),
        (
            PutIntegrationRequest {
                name: "a\nb".to_owned(),
                ..webhook(NOBODYS)
            },
            "name",
        ),
        (rule(IntegrationRule::default()), "min_severity"),
        (
            rule(IntegrationRule {
                events: vec!["NEW".to_owned(), "OLD".to_owned()],
                ..least()
            }),
            "events[1]",
        ),
        (
            rule(IntegrationRule {
                asset_ids: vec!["run_1".to_owned()],
                ..least()
            }),
            "asset_ids[0]",
        ),
        (
            rule(IntegrationRule {
                asset_ids: vec!["ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(); 101],
                ..least()
            }),
            "asset_ids",
        ),
    ] {
        let fault = fixture.put_integration(&admin, request).await.unwrap_err();
        assert_eq!(fault.fields()[0].field, field);
    }
    let (id, _) = fixture.joined(&admin, webhook(NOBODYS)).await;
    let other_kind = PutIntegrationRequest {
        id,
        kind: "slack".to_owned(),
        ..webhook("")
    };
    let fault = fixture
        .put_integration(&admin, other_kind)
        .await
        .unwrap_err();
    assert_eq!(fault.fields()[0].field, "kind");
    for _ in 1..20 {
        fixture.joined(&admin, webhook(NOBODYS)).await;
    }
    let full = fixture
        .put_integration(&admin, webhook(NOBODYS))
        .await
        .unwrap_err();
    assert_eq!(full.code(), "integration.too_many");
}

/// Tries every operation on one integration; what each was refused with, if it was.
async fn refusals(
    fixture: &Fixture,
    who: &wt_model::Principal,
    id: &str,
    delivery: &str,
) -> Vec<Option<Kind>> {
    let id = || id.to_owned();
    let put = PutIntegrationRequest {
        id: id(),
        ..webhook("")
    };
    let put = fixture.put_integration(who, put).await.map(drop);
    let test = TestIntegrationRequest { id: id() };
    let test = fixture.test_integration(who, test).await.map(drop);
    let replay = ReplayIntegrationDeliveryRequest {
        integration_id: id(),
        delivery_id: delivery.to_owned(),
    };
    let replay = fixture.replay_integration_delivery(who, replay).await;
    let rotate = RotateIntegrationSecretRequest { id: id() };
    let rotate = fixture.rotate_integration_secret(who, rotate).await;
    let delete = DeleteIntegrationRequest { id: id() };
    let delete = fixture.delete_integration(who, delete).await.map(drop);
    [put, test, replay.map(drop), rotate.map(drop), delete]
        .into_iter()
        .map(|done| done.err().map(|fault| fault.kind()))
        .collect()
}

#[tokio::test]
async fn only_who_manages_notifications_changes_them_and_only_their_own() {
    let fixture = Fixture::start("").await;
    let ours = organization();
    let admin = member(ours, Role::Admin);
    let (id, _) = fixture.joined(&admin, webhook(NOBODYS)).await;
    let test = TestIntegrationRequest { id: id.clone() };
    let test = fixture.test_integration(&admin, test).await.unwrap();
    let delivery = test.delivery.unwrap().id;
    for role in [Role::Viewer, Role::Operator, Role::Auditor] {
        let them = member(ours, role);
        let all = refusals(&fixture, &them, &id, &delivery).await;
        assert_eq!(all, [Some(Kind::Forbidden); 5], "{role}");
        assert_eq!(fixture.integration(&them, &id).await.id, id);
        assert_eq!(fixture.sent_to(&them, &id).await[0].id, delivery);
    }
    let stranger = member(organization(), Role::Owner);
    let all = refusals(&fixture, &stranger, &id, &delivery).await;
    assert_eq!(all, [Some(Kind::NotFound); 5]);
    let theirs = fixture
        .list_integrations(&stranger, ListIntegrationsRequest {})
        .await
        .unwrap();
    assert!(theirs.integrations.is_empty());
    let asked = ListIntegrationDeliveriesRequest {
        integration_id: id.clone(),
        page: None,
    };
    let fault = fixture
        .list_integration_deliveries(&stranger, asked)
        .await
        .unwrap_err();
    assert_eq!(fault.kind(), Kind::NotFound);
    let all = refusals(&fixture, &admin, &id, &delivery).await;
    assert_eq!(all, [None; 5]);
    let audited: Vec<(String,)> = sqlx::query_as(
        "select distinct action from notify.audit where action like 'integration.%' order by 1",
    )
    .fetch_all(&mut fixture.database.superuser().await.unwrap())
    .await
    .unwrap();
    let audited: Vec<_> = audited.into_iter().map(|(action,)| action).collect();
    assert_eq!(
        audited,
        [
            "integration.change",
            "integration.create",
            "integration.delete",
            "integration.replay",
            "integration.rotate",
            "integration.test",
        ]
    );
}

/// Waits until so many of the service's transactions wait for a lock.
async fn waiting(fixture: &Fixture, count: i64) {
    wait::until(PATIENCE, "transactions that wait", async || {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where usename = 'wt_notify' and datname = current_database()
               and wait_event_type = 'Lock'",
        )
        .fetch_one(&mut fixture.database.superuser().await.ok()?)
        .await
        .ok()?;
        (waiting == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_is_removed_while_an_attempt_is_noted() {
    let fixture = Fixture::start("").await;
    let admin = member(organization(), Role::Admin);
    let receiver = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", receiver.local_addr().unwrap());
    let (id, _) = fixture.joined(&admin, webhook(&address)).await;
    let test = TestIntegrationRequest { id: id.clone() };
    fixture.test_integration(&admin, test).await.unwrap();
    let asked = receiver.accept().await.unwrap();
    // Whoever settles the message finds it held, and so does who removes its integration.
    let mut holder = fixture.database.superuser().await.unwrap();
    let mut held = holder.begin().await.unwrap();
    sqlx::query("select from notify.integration_deliveries for update")
        .execute(&mut *held)
        .await
        .unwrap();
    drop((asked, receiver));
    waiting(&fixture, 1).await;
    let gone = DeleteIntegrationRequest { id };
    let release = async {
        waiting(&fixture, 2).await;
        held.rollback().await.unwrap();
    };
    let (removed, ()) = tokio::join!(fixture.delete_integration(&admin, gone), release);
    removed.unwrap();
    assert_eq!(fixture.integration_ids(&admin).await, [""; 0]);
}

#[tokio::test]
async fn without_a_master_key_there_are_mails_and_no_webhooks() {
    let sink = MailSink::start().await.unwrap();
    let fixture = Fixture::start_with(&sink.url(), &[("--master-key-file", "")]).await;
    let tenant = organization();
    let admin = member(tenant, Role::Admin);
    let fault = fixture
        .put_integration(&admin, webhook(NOBODYS))
        .await
        .unwrap_err();
    assert_eq!(fault.code(), "integration.unavailable");
    fixture.has_members(tenant, &["ann@example.com"]);
    fixture.led_to(
        tenant,
        vec![change("NEW", "high", "Open port", "a.example")],
    );
    fixture
        .run_changed(tenant, &run_id(), "on_demand", "completed")
        .await;
    fixture.delivery_in(&admin, "sent").await;
}
