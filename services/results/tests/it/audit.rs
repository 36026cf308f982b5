//! The audit chain: what every service says is kept once, in order, and by nobody to be changed.
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use time::{Duration, OffsetDateTime};
use ulid::Ulid;
use wt_bus::envelope_for;
use wt_fault::{Fault, Kind};
use wt_ledger::{AuditCheck, KeyChain, SignedHead, audit_header, audit_line};
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    event::AuditRecorded,
    results::{
        AuditEntry, AuditFilter, ExportAuditEntriesRequest, ExportAuditEntriesResponse,
        ListAuditEntriesRequest, audit_service_client::AuditServiceClient,
    },
    subject::EventPayload,
};
use wt_rpc::RpcFault;
use wt_testkit::wait;

use crate::room::{PATIENCE, Room, organization, person};

impl Room {
    fn auditor(&self) -> AuditServiceClient<tonic::transport::Channel> {
        AuditServiceClient::new(self.peer.channel())
    }

    /// Says that `actor` did something, under the given message id.
    async fn deed(&self, tenant: TenantKey, id: &str, actor: &str, action: &str, object: &str) {
        self.deed_as(id, tenant, id, actor, action, object).await;
    }

    /// As [`Room::deed`]; the broker knows it by `broker_id`, so that it lets `id` through again.
    async fn deed_as(
        &self,
        broker_id: &str,
        tenant: TenantKey,
        id: &str,
        actor: &str,
        action: &str,
        object: &str,
    ) {
        let said = AuditRecorded {
            at: Some(to_timestamp(OffsetDateTime::now_utc())),
            service: "asset-registry".to_owned(),
            actor_kind: "user".to_owned(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            object: object.to_owned(),
            after_json: json!({"value": "a.example"}).to_string(),
            ip: "198.51.100.7".to_owned(),
            ..Default::default()
        };
        let principal = Principal::service("asset-registry", tenant);
        let mut envelope = envelope_for("asset-registry", tenant, &principal, &said);
        id.clone_into(&mut envelope.id);
        self.bus
            .publish_bytes(
                AuditRecorded::TYPE,
                broker_id,
                envelope.encode_to_vec().into(),
            )
            .await
            .unwrap();
    }

    async fn chain_grows_to(&self, tenant: TenantKey, count: i64) {
        wait::until(PATIENCE, "the audit chain", async || {
            let mut conn = self.superuser().await;
            let size: i64 = sqlx::query_scalar(
                "select count(*) from results.audit_entries where tenant_key = $1",
            )
            .bind(tenant.to_string())
            .fetch_one(&mut conn)
            .await
            .unwrap();
            (size >= count).then_some(())
        })
        .await;
    }

    async fn entries(&self, who: &Principal, filter: AuditFilter) -> Vec<Value> {
        let message = ListAuditEntriesRequest {
            filter: Some(filter),
            page: None,
        };
        let asked = self.peer.request(Some(who), message).unwrap();
        let answer = self.auditor().list_audit_entries(asked).await.unwrap();
        let entries = answer.into_inner().entries;
        entries.iter().map(body).collect()
    }

    async fn exported(&self, who: &Principal) -> ExportAuditEntriesResponse {
        let asked = self
            .peer
            .request(Some(who), ExportAuditEntriesRequest::default())
            .unwrap();
        let answer = self.auditor().export_audit_entries(asked).await.unwrap();
        answer.into_inner()
    }
}

fn body(entry: &AuditEntry) -> Value {
    serde_json::from_str(&entry.body_json).unwrap()
}

fn message_id() -> String {
    format!("evt_{}", Ulid::generate())
}

#[tokio::test]
async fn what_services_say_is_one_chain_that_an_export_proves() {
    let room = Room::open().await;
    let tenant = organization();
    let twice = message_id();
    room.deed(tenant, &twice, "usr_a", "asset.register", "ast_1")
        .await;
    room.deed(tenant, &message_id(), "usr_b", "asset.archive", "ast_1")
        .await;
    room.deed(tenant, &twice, "usr_a", "asset.register", "ast_1")
        .await;
    room.deed(tenant, &message_id(), "usr_a", "run.request", "run_1")
        .await;
    room.chain_grows_to(tenant, 3).await;

    let auditor = person(tenant, Role::Auditor);
    let exported = room.exported(&auditor).await;
    assert_eq!((exported.entries.len(), exported.more), (3, false));
    let head: SignedHead = serde_json::from_str(&exported.head_json).unwrap();
    let mut check = AuditCheck::begin(
        &audit_header(Some(&head), false, &KeyChain::default()),
        &room.ledger_key.public(),
        Some(tenant),
    )
    .unwrap();
    for entry in &exported.entries {
        check.entry(&audit_line(&body(entry))).unwrap();
    }
    assert_eq!(check.finish().unwrap().entries, 3);
    let first = body(exported.entries.first().unwrap());
    assert_eq!(first["ip"], "198.51.100.7");
    assert_eq!(first["after"], json!({"value": "a.example"}));

    // Reading the log is itself on the log, and the doubled message left no second entry.
    room.chain_grows_to(tenant, 4).await;
    let all = room.entries(&auditor, AuditFilter::default()).await;
    let actions: Vec<_> = all
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions.len(), 4);
    assert_eq!(actions.first(), Some(&"audit.export"));
    assert_eq!(all.first().unwrap()["actor"], auditor.sub);
}

#[tokio::test]
async fn what_is_said_at_once_is_appended_together_and_what_is_wrong_with_one_is_its_own() {
    let room = Room::open().await;
    let tenant = organization();
    let at_once = async |ids: Vec<String>| {
        let deeds = ids.into_iter().map(|id| {
            let room = &room;
            async move {
                room.deed_as(&message_id(), tenant, &id, "usr_a", "asset.tag", "ast_1")
                    .await;
            }
        });
        futures::future::join_all(deeds).await;
    };
    let twice = message_id();
    let mut ids: Vec<String> = (0..28).map(|_| message_id()).collect();
    ids.extend([twice.clone(), twice.clone()]);
    at_once(ids).await;
    room.chain_grows_to(tenant, 29).await;
    let mut superuser = room.superuser().await;
    let transactions: i64 = sqlx::query_scalar(
        "select count(distinct xmin::text) from results.audit_entries where tenant_key = $1",
    )
    .bind(tenant.to_string())
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert!(transactions < 29, "{transactions} transactions");

    // Nobody remembers that this one was appended: the database refuses it, whoever it comes with.
    sqlx::query("delete from results.inbox where message_id = $1")
        .bind(&twice)
        .execute(&mut superuser)
        .await
        .unwrap();
    at_once(vec![message_id(), twice, message_id()]).await;
    room.chain_grows_to(tenant, 31).await;

    let exported = room.exported(&person(tenant, Role::Auditor)).await;
    let head: SignedHead = serde_json::from_str(&exported.head_json).unwrap();
    let header = audit_header(Some(&head), false, &KeyChain::default());
    let mut check = AuditCheck::begin(&header, &room.ledger_key.public(), Some(tenant)).unwrap();
    for entry in &exported.entries {
        check.entry(&audit_line(&body(entry))).unwrap();
    }
    assert_eq!(check.finish().unwrap().entries, 31);
}

#[tokio::test]
async fn the_chain_is_searched_by_who_what_whom_when_and_text() {
    let room = Room::open().await;
    let tenant = organization();
    for (actor, action, object) in [
        ("usr_a", "asset.register", "ast_1"),
        ("usr_b", "asset.archive", "ast_1"),
        ("usr_b", "assetx.odd", "ast_2"),
    ] {
        room.deed(tenant, &message_id(), actor, action, object)
            .await;
    }
    room.chain_grows_to(tenant, 3).await;
    let auditor = person(tenant, Role::Auditor);
    let tomorrow = to_timestamp(OffsetDateTime::now_utc() + Duration::days(1));
    let filter = AuditFilter::default;
    for (filter, expected) in [
        (
            AuditFilter {
                actor: "usr_b".to_owned(),
                ..filter()
            },
            2,
        ),
        (
            AuditFilter {
                action: "asset.".to_owned(),
                ..filter()
            },
            2,
        ),
        (
            AuditFilter {
                action: "asset.reg".to_owned(),
                ..filter()
            },
            0,
        ),
        (
            AuditFilter {
                action: "asset.archive".to_owned(),
                ..filter()
            },
            1,
        ),
        (
            AuditFilter {
                target: "ast_1".to_owned(),
                ..filter()
            },
            2,
        ),
        (
            AuditFilter {
                since: Some(tomorrow),
                ..filter()
            },
            0,
        ),
        (
            AuditFilter {
                until: Some(tomorrow),
                ..filter()
            },
            3,
        ),
        (
            AuditFilter {
                text: "A.EXAMPLE".to_owned(),
                ..filter()
            },
            3,
        ),
        (
            AuditFilter {
                text: "%".to_owned(),
                ..filter()
            },
            0,
        ),
    ] {
        let found = room.entries(&auditor, filter.clone()).await;
        assert_eq!(found.len(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn only_who_may_read_it_reads_it_and_only_their_own() {
    let room = Room::open().await;
    let tenant = organization();
    room.deed(tenant, &message_id(), "usr_a", "asset.register", "ast_1")
        .await;
    room.chain_grows_to(tenant, 1).await;
    for role in [Role::Viewer, Role::Operator, Role::PlatformAdmin] {
        let asked = room
            .peer
            .request(
                Some(&person(tenant, role)),
                ListAuditEntriesRequest::default(),
            )
            .unwrap();
        let refused = room.auditor().list_audit_entries(asked).await.unwrap_err();
        assert_eq!(RpcFault::from(refused).kind(), Kind::Forbidden, "{role}");
        let asked = room
            .peer
            .request(
                Some(&person(tenant, role)),
                ExportAuditEntriesRequest::default(),
            )
            .unwrap();
        let refused = room
            .auditor()
            .export_audit_entries(asked)
            .await
            .unwrap_err();
        assert_eq!(RpcFault::from(refused).kind(), Kind::Forbidden, "{role}");
    }
    let stranger = person(organization(), Role::Owner);
    assert!(
        room.entries(&stranger, AuditFilter::default())
            .await
            .is_empty()
    );
    assert!(room.exported(&stranger).await.head_json.is_empty());
}

#[tokio::test]
async fn the_database_refuses_to_change_the_chain_to_the_service_and_to_the_owner() {
    let room = Room::open().await;
    let tenant = organization();
    room.deed(tenant, &message_id(), "usr_a", "asset.register", "ast_1")
        .await;
    room.chain_grows_to(tenant, 1).await;
    let forgeries = [
        "update results.audit_entries set actor = 'usr_b'",
        "delete from results.audit_entries",
        "truncate results.audit_entries",
        "truncate results.audit_entries cascade",
        "update results.audit_trees set size = 0",
        "delete from results.audit_trees",
        "truncate results.audit_trees",
    ];
    let service = room.database.url_as("wt_results").unwrap();
    for forgery in forgeries {
        for (url, act_as) in [
            (service.as_str(), "select 1"),
            (room.database.superuser_url(), "set role wt_owner"),
        ] {
            let mut conn = PgConnection::connect(url).await.unwrap();
            let context = sqlx::AssertSqlSafe(format!(
                "{act_as}; select set_config('app.tenant_key', '{tenant}', false)"
            ));
            sqlx::raw_sql(context).execute(&mut conn).await.unwrap();
            let done = sqlx::query(forgery).execute(&mut conn).await;
            assert!(done.is_err(), "{act_as}: {forgery}");
        }
    }
    let auditor = person(tenant, Role::Auditor);
    assert_eq!(
        room.entries(&auditor, AuditFilter::default()).await.len(),
        1
    );
}
