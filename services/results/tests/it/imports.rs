//! What other tools found: evidence, under the keys of our own scans, and nothing else.
use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use wt_exposure::Settled;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{
    results::{
        GetTimelineRequest, Import, ImportAsset, ImportFindingsRequest, ListExposuresRequest,
        ListImportsRequest,
    },
    subject::EventPayload,
};
use wt_rpc::RpcFault;
use wt_testkit::wait;

use crate::{
    replay::replay,
    room::{PATIENCE, Room, organization, person},
    told::{HOST, Told, asset, gone, told},
};

const CHECK: &str = "http.exposed.git_config";
const PROOF: &str = "auz_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// A line of nuclei's about the Git repository on a port of the host.
fn line(port: u16, at: OffsetDateTime) -> String {
    let at = at.format(&Rfc3339).unwrap();
    format!(
        r#"{{"template-id":"git-config","info":{{"name":"Git"}},"type":"http","host":"{HOST}","matched-at":"https://{HOST}:{port}/.git/config","ip":"192.0.2.1","timestamp":"{at}","matcher-status":true}}"#
    )
}

fn ago(hours: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() - Duration::hours(hours)
}

fn asked(file: &str) -> ImportFindingsRequest {
    ImportFindingsRequest {
        format: "nuclei".to_owned(),
        file: file.as_bytes().to_vec(),
        assets: vec![ImportAsset {
            asset_id: asset().to_string(),
            kind: "domain".to_owned(),
            value: HOST.to_owned(),
            authorization_id: PROOF.to_owned(),
        }],
        ..Default::default()
    }
}

async fn import(
    room: &Room,
    who: &Principal,
    request: ImportFindingsRequest,
) -> Result<Import, String> {
    let request = room.peer.request(Some(who), request).unwrap();
    match room.client().import_findings(request).await {
        Ok(answer) => Ok(answer.into_inner().import.unwrap()),
        Err(refused) => Err(RpcFault::from(refused).report().code.clone()),
    }
}

fn counts(import: &Import) -> [u64; 4] {
    [
        import.opened,
        import.changed,
        import.unchanged,
        import.refused_total,
    ]
}

/// A run of ours that looked for the Git repository.
fn scanned(tenant: TenantKey, cells: &[(u16, Settled)]) -> Told {
    let mut told = told(tenant, "on_demand", cells);
    let all = wt_engine::check::catalogue();
    let ours = all.iter().find(|check| check.id == CHECK).unwrap();
    let info = ours.info();
    for check in &mut told.job.checks {
        check.id.clone_from(&info.check.id);
        check.digest.clone_from(&info.check.digest);
    }
    for known in &mut told.job.known {
        known.check_id.clone_from(&info.check.id);
    }
    for cell in &mut told.report.cells {
        cell.checks = vec![info.check.clone()];
    }
    for seen in &mut told.report.observations {
        seen.check = info.check.clone();
        seen.title = format!("{} at /.git/config", info.title);
        seen.severity = info.severity;
        seen.attributes = [("path".to_owned(), "/.git/config".to_owned())].into();
    }
    told.report.checks = vec![info];
    told
}

/// Rows of everything but the record of who imported what.
async fn observed(room: &Room) -> Vec<(String, i64)> {
    let mut counts = room.counts().await;
    counts.retain(|(table, _)| table != "outbox");
    counts
}

async fn states(room: &Room, who: &Principal) -> Vec<String> {
    let request = ListExposuresRequest::default();
    let request = room.peer.request(Some(who), request).unwrap();
    let answer = room.client().list_exposures(request).await.unwrap();
    let all = answer.into_inner().exposures.into_iter();
    let mut all: Vec<String> = all.map(|e| format!("{} {}", e.port, e.state)).collect();
    all.sort();
    all
}

/// Types and reasons of what happened to the one exposure on a port.
async fn history(room: &Room, who: &Principal, port: u32) -> Vec<String> {
    let request = ListExposuresRequest::default();
    let request = room.peer.request(Some(who), request).unwrap();
    let answer = room.client().list_exposures(request).await.unwrap();
    let all = answer.into_inner().exposures;
    let keys: Vec<String> = all
        .into_iter()
        .filter(|exposure| exposure.port == port)
        .map(|exposure| exposure.key)
        .collect();
    let [key] = keys.try_into().unwrap();
    let request = GetTimelineRequest { key };
    let request = room.peer.request(Some(who), request).unwrap();
    let answer = room.client().get_timeline(request).await.unwrap();
    let events = answer.into_inner().entries.into_iter();
    events
        .filter_map(|entry| entry.event)
        .map(|event| {
            format!("{} {}", event.r#type, event.reason)
                .trim()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_file_opens_what_it_names_and_the_same_file_again_changes_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    let operator = person(tenant, Role::Operator);
    let file = [line(443, ago(5)), line(443, ago(6)), line(8443, ago(5))].join("\n");
    let first = import(&room, &operator, asked(&file)).await.unwrap();
    assert_eq!(counts(&first), [2, 0, 1, 0]);
    assert_eq!(first.accepted, 3);
    assert!(first.id.starts_with("imp_"), "{}", first.id);
    assert_eq!(states(&room, &operator).await, ["443 open", "8443 open"]);
    assert_eq!(
        history(&room, &operator, 443).await,
        ["NEW imported from nuclei"]
    );
    let before = observed(&room).await;
    let again = import(&room, &operator, asked(&file)).await.unwrap();
    assert_eq!(counts(&again), [0, 0, 3, 0]);
    assert_eq!(observed(&room).await, before);
    let (well, found) = replay(&room, tenant).await;
    assert!(well, "{found}");
    assert_eq!(
        (&found["imports"], &found["events"]),
        (&Value::from(2), &Value::from(2))
    );
}

#[tokio::test]
async fn a_scan_of_ours_finds_the_exposure_a_file_opened_and_knows_better_from_then_on() {
    let room = Room::open().await;
    let tenant = organization();
    let operator = person(tenant, Role::Operator);
    let old = [line(443, ago(5)), line(8443, ago(5))].join("\n");
    import(&room, &operator, asked(&old)).await.unwrap();
    room.tell(scanned(tenant, &[(443, Settled::Present)])).await;
    // Nothing is new, and nothing changed: it is the same exposure, seen again.
    assert_eq!(
        history(&room, &operator, 443).await,
        ["NEW imported from nuclei"]
    );
    room.tell(scanned(tenant, &[(443, gone()), (9443, gone())]))
        .await;
    assert_eq!(states(&room, &operator).await, ["443 fixed", "8443 open"]);
    let late = [line(443, ago(1)), line(8443, ago(1)), line(9443, ago(1))].join("\n");
    let told = import(&room, &operator, asked(&late)).await.unwrap();
    assert_eq!(counts(&told), [0, 0, 1, 2]);
    let reasons: Vec<_> = told
        .refused
        .iter()
        .map(|r| (r.line, r.reason.as_str()))
        .collect();
    assert_eq!(reasons, [(1, "too_old"), (3, "too_old")]);
    // What is seen after the scan counts: a line without a time counts as older than any.
    let undated =
        format!(r#"{{"template-id":"git-config","matched-at":"https://{HOST}/.git/config"}}"#);
    let told = import(&room, &operator, asked(&undated)).await.unwrap();
    assert_eq!(counts(&told), [0, 0, 0, 1]);
    let newer = line(443, OffsetDateTime::now_utc() + Duration::hours(1));
    let told = import(&room, &operator, asked(&newer)).await.unwrap();
    assert_eq!(counts(&told), [1, 0, 0, 0]);
    assert_eq!(
        history(&room, &operator, 443).await,
        [
            "NEW imported from nuclei",
            "FIXED",
            "REOPENED imported from nuclei"
        ]
    );
    room.tell(scanned(tenant, &[(443, gone())])).await;
    assert_eq!(states(&room, &operator).await, ["443 fixed", "8443 open"]);
    let (well, found) = replay(&room, tenant).await;
    assert!(well, "{found}");
}

#[tokio::test]
async fn a_file_with_fewer_lines_closes_nothing_and_one_that_confirms_leaves_a_scans_words() {
    let room = Room::open().await;
    let tenant = organization();
    let operator = person(tenant, Role::Operator);
    room.tell(scanned(
        tenant,
        &[(443, Settled::Present), (8443, Settled::Present)],
    ))
    .await;
    let before = observed(&room).await;
    let newer = line(443, OffsetDateTime::now_utc() + Duration::minutes(5));
    let told = import(&room, &operator, asked(&newer)).await.unwrap();
    assert_eq!(counts(&told), [0, 0, 1, 0]);
    assert_eq!(observed(&room).await, before);
    let empty = import(&room, &operator, asked("")).await.unwrap();
    assert_eq!(counts(&empty), [0, 0, 0, 0]);
    assert_eq!(states(&room, &operator).await, ["443 open", "8443 open"]);
}

#[tokio::test]
async fn what_lies_on_no_asset_of_the_organization_is_refused_by_line() {
    let room = Room::open().await;
    let tenant = organization();
    let operator = person(tenant, Role::Operator);
    let file = [line(443, ago(5)), "{}".to_owned()].join("\n");
    let nobodys = ImportFindingsRequest {
        assets: Vec::new(),
        ..asked(&file)
    };
    let told = import(&room, &operator, nobodys).await.unwrap();
    assert_eq!(counts(&told), [0, 0, 0, 2]);
    let reasons: Vec<_> = told.refused.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons, ["out_of_scope", "malformed"]);
    assert!(states(&room, &operator).await.is_empty());
    // A proof that was withdrawn after the registry was asked is known here.
    let revoked = wt_proto::event::AuthorizationRevoked {
        asset_id: asset().to_string(),
        authorization_id: PROOF.to_owned(),
        ..Default::default()
    };
    let principal = Principal::service("asset-registry", tenant);
    let envelope = wt_bus::envelope_for("asset-registry", tenant, &principal, &revoked);
    let told = wt_proto::event::AuthorizationRevoked::TYPE;
    room.bus.publish(told, &envelope).await.unwrap();
    wait::until(PATIENCE, "the withdrawal", async || {
        let mut conn = room.superuser().await;
        let withdrawn: i64 = sqlx::query_scalar("select count(*) from results.withdrawals")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        (withdrawn == 1).then_some(())
    })
    .await;
    let told = import(&room, &operator, asked(&line(443, ago(5))))
        .await
        .unwrap();
    assert_eq!(counts(&told), [0, 0, 0, 1]);
    assert_eq!(told.refused[0].reason, "out_of_scope");
}

#[tokio::test]
async fn a_dry_run_says_what_would_come_of_a_file_and_writes_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    let operator = person(tenant, Role::Operator);
    let file = [line(443, ago(5)), "no json".to_owned()].join("\n");
    let dry = ImportFindingsRequest {
        dry_run: true,
        ..asked(&file)
    };
    let before = observed(&room).await;
    let told = import(&room, &operator, dry).await.unwrap();
    assert_eq!((counts(&told), told.id.as_str()), ([1, 0, 0, 1], ""));
    assert_eq!(observed(&room).await, before);
    let done = import(&room, &operator, asked(&file)).await.unwrap();
    assert_eq!(counts(&done), counts(&told));
}

#[tokio::test]
async fn an_idempotency_key_names_one_file_and_a_broken_document_is_refused_whole() {
    let room = Room::open().await;
    let tenant = organization();
    let operator = person(tenant, Role::Operator);
    let named = |file: &str| ImportFindingsRequest {
        idempotency_key: "one".to_owned(),
        ..asked(file)
    };
    let file = line(443, ago(5));
    let first = import(&room, &operator, named(&file)).await.unwrap();
    let again = import(&room, &operator, named(&file)).await.unwrap();
    assert_eq!(again, first);
    let other = import(&room, &operator, named(&line(80, ago(5)))).await;
    assert_eq!(other, Err("request.idempotency_key_reused".to_owned()));
    let broken = ImportFindingsRequest {
        format: "sarif".to_owned(),
        ..asked("{\"runs\": [")
    };
    let broken = import(&room, &operator, broken).await;
    assert_eq!(broken, Err("import.unreadable".to_owned()));
    let unknown = ImportFindingsRequest {
        format: "nessus".to_owned(),
        ..asked("")
    };
    let unknown = import(&room, &operator, unknown).await;
    assert_eq!(unknown, Err("request.invalid_field".to_owned()));
}

#[tokio::test]
async fn imports_are_listed_to_their_organization_and_made_by_who_may_scan() {
    let room = Room::open().await;
    let tenant = organization();
    let operator = person(tenant, Role::Operator);
    let viewer = person(tenant, Role::Viewer);
    let refused = import(&room, &viewer, asked("")).await;
    assert_eq!(refused, Err("auth.forbidden".to_owned()));
    let first = import(&room, &operator, asked(&line(443, ago(5))))
        .await
        .unwrap();
    let second = import(&room, &operator, asked("x")).await.unwrap();
    let list = async |who: &Principal, cursor: &str| {
        let page = wt_proto::common::PageRequest {
            cursor: cursor.to_owned(),
            limit: 1,
        };
        let request = ListImportsRequest { page: Some(page) };
        let request = room.peer.request(Some(who), request).unwrap();
        room.client()
            .list_imports(request)
            .await
            .unwrap()
            .into_inner()
    };
    let page = list(&viewer, "").await;
    assert_eq!(page.imports, [second]);
    let page = list(&viewer, &page.next_cursor).await;
    assert_eq!(
        (page.imports, page.next_cursor),
        (vec![first], String::new())
    );
    let stranger = person(organization(), Role::Owner);
    assert!(list(&stranger, "").await.imports.is_empty());
    let mut conn = room.superuser().await;
    let audited: i64 =
        sqlx::query_scalar("select count(*) from results.audit where action = 'exposures.import'")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert_eq!(audited, 2, "one record an import");
}
