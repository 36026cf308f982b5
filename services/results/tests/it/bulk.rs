//! One action on many: looked at, recorded, taken back; tags.
use std::collections::BTreeMap;

use time::OffsetDateTime;
use wt_exposure::Settled;
use wt_model::{Principal, Role};
use wt_proto::{
    convert::to_timestamp,
    results::{
        Bulk, Exposure, GetTimelineRequest, ListBulksRequest, ListExposuresRequest,
        PreviewBulkRequest, PreviewBulkResponse, RecordActionRequest, RecordBulkRequest, Selection,
        UndoBulkRequest,
    },
};

use wt_rpc::RpcFault;

use crate::{
    room::{Room, organization, person},
    told::{gone, told},
};

fn fitting(filter: &str) -> Selection {
    Selection {
        filter: filter.to_owned(),
        keys: Vec::new(),
    }
}

fn action(kind: &str) -> RecordActionRequest {
    let until = OffsetDateTime::now_utc() + time::Duration::days(30);
    RecordActionRequest {
        kind: kind.to_owned(),
        reason: "because".to_owned(),
        until: (kind == "accept_risk").then(|| to_timestamp(until)),
        tags: if kind.ends_with("tag") {
            vec!["PCI".to_owned(), "edge".to_owned()]
        } else {
            Vec::new()
        },
        assignee: "ana".to_owned(),
        ..Default::default()
    }
}

async fn bulk(room: &Room, who: &Principal, request: RecordBulkRequest) -> Result<Bulk, String> {
    let request = room.peer.request(Some(who), request).unwrap();
    match room.client().record_bulk(request).await {
        Ok(answer) => Ok(answer.into_inner().bulk.unwrap()),
        Err(refused) => Err(RpcFault::from(refused).report().code.clone()),
    }
}

async fn undo(room: &Room, who: &Principal, id: &str) -> Result<Bulk, String> {
    let request = UndoBulkRequest {
        bulk_id: id.to_owned(),
    };
    let request = room.peer.request(Some(who), request).unwrap();
    match room.client().undo_bulk(request).await {
        Ok(answer) => Ok(answer.into_inner().bulk.unwrap()),
        Err(refused) => Err(RpcFault::from(refused).report().code.clone()),
    }
}

async fn preview(room: &Room, who: &Principal, filter: &str, kind: &str) -> PreviewBulkResponse {
    let request = PreviewBulkRequest {
        selection: Some(fitting(filter)),
        kind: kind.to_owned(),
    };
    let request = room.peer.request(Some(who), request).unwrap();
    room.client()
        .preview_bulk(request)
        .await
        .unwrap()
        .into_inner()
}

async fn listed(room: &Room, who: &Principal, filter: &str) -> BTreeMap<u32, Exposure> {
    let request = ListExposuresRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    let exposures = listed.into_inner().exposures.into_iter();
    exposures
        .map(|exposure| (exposure.port, exposure))
        .collect()
}

async fn act(room: &Room, who: &Principal, key: &str, kind: &str) {
    let request = RecordActionRequest {
        key: key.to_owned(),
        note: "seen".to_owned(),
        ..action(kind)
    };
    let request = room.peer.request(Some(who), request).unwrap();
    room.client().record_action(request).await.unwrap();
}

/// Five exposures of which one is fixed.
async fn room_of_five() -> (Room, Principal) {
    let room = Room::open().await;
    let tenant = organization();
    let all: Vec<(u16, Settled)> = (80..85).map(|port| (port, Settled::Present)).collect();
    room.tell(told(tenant, "on_demand", &all)).await;
    room.tell(told(tenant, "on_demand", &[(84, gone())])).await;
    (room, person(tenant, Role::Operator))
}

#[tokio::test]
async fn a_bulk_does_what_its_preview_said_and_can_be_taken_back_once() {
    let (room, who) = room_of_five().await;
    let first = listed(&room, &who, "").await;
    act(&room, &who, &first[&80].key, "fix_in_progress").await;
    let seen = preview(&room, &who, "port:80-84", "accept_risk").await;
    assert_eq!((seen.matching, seen.suitable, seen.too_many), (5, 4, false));
    let request = RecordBulkRequest {
        selection: Some(fitting("port:80-84")),
        action: Some(action("accept_risk")),
        expected: 5,
        ..Default::default()
    };
    let done = bulk(&room, &who, request).await.unwrap();
    assert_eq!((done.applied, done.unsuitable), (4, 1));
    assert_eq!(listed(&room, &who, "decision:accept_risk").await.len(), 4);

    // One is decided anew, and on another somebody only remarks.
    act(&room, &who, &first[&81].key, "acknowledge").await;
    act(&room, &who, &first[&82].key, "note").await;
    let undone = undo(&room, &who, &done.id).await.unwrap();
    assert_eq!((undone.applied, undone.unsuitable), (3, 1));
    assert_eq!(undone.undoes, done.id);
    let after = listed(&room, &who, "").await;
    let decisions: Vec<&str> = after.values().map(|e| e.decision.as_str()).collect();
    assert_eq!(decisions, ["fix_in_progress", "acknowledge", "", "", ""]);
    assert_eq!(
        undo(&room, &who, &done.id).await.unwrap_err(),
        "bulk.already_undone"
    );

    // What takes back can be taken back; nothing was erased.
    let again = undo(&room, &who, &undone.id).await.unwrap();
    assert_eq!(again.applied, 3);
    assert_eq!(listed(&room, &who, "decision:accept_risk").await.len(), 3);
    let request = GetTimelineRequest {
        key: first[&83].key.clone(),
    };
    let request = room.peer.request(Some(&who), request).unwrap();
    let history = room
        .client()
        .get_timeline(request)
        .await
        .unwrap()
        .into_inner();
    let actions = history
        .entries
        .iter()
        .filter_map(|entry| entry.action.as_ref());
    let actions: Vec<_> = actions
        .map(|a| (a.kind.as_str(), a.bulk_id.as_str()))
        .collect();
    assert_eq!(
        actions,
        [
            ("accept_risk", done.id.as_str()),
            ("reopen", undone.id.as_str()),
            ("accept_risk", again.id.as_str())
        ]
    );
    let request = room.peer.request(Some(&who), ListBulksRequest::default());
    let bulks = room.client().list_bulks(request.unwrap()).await.unwrap();
    let bulks = bulks.into_inner().bulks;
    assert_eq!(bulks.len(), 3);
    assert_eq!(bulks[2].undone_by, undone.id);
    let mut conn = room.superuser().await;
    let audited: i64 = sqlx::query_scalar(
        "select count(*) from results.audit where action = 'exposure.act_on_many'",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!(audited, 3, "one record a bulk");
}

#[tokio::test]
async fn tags_add_up_are_found_and_taken_off_and_a_result_leaves_them() {
    let (room, who) = room_of_five().await;
    let first = listed(&room, &who, "").await;
    let tagged = RecordActionRequest {
        key: first[&80].key.clone(),
        tags: vec!["own".to_owned()],
        ..action("tag")
    };
    let request = room.peer.request(Some(&who), tagged).unwrap();
    room.client().record_action(request).await.unwrap();
    let tag = RecordBulkRequest {
        selection: Some(fitting("port:80,84")),
        action: Some(action("tag")),
        ..Default::default()
    };
    let done = bulk(&room, &who, tag).await.unwrap();
    assert_eq!(
        (done.applied, done.unsuitable),
        (2, 0),
        "fixed ones can be marked, too"
    );
    room.tell(told(who.tenant_key.unwrap(), "on_demand", &[(80, gone())]))
        .await;
    let all = listed(&room, &who, "tag:pci").await;
    assert_eq!(all[&80].tags, ["edge", "own", "pci"]);
    assert_eq!(all[&84].tags, ["edge", "pci"]);
    assert_eq!(listed(&room, &who, "tag:none").await.len(), 3);
    assert_eq!(listed(&room, &who, "-tag:none,own").await.len(), 1);
    undo(&room, &who, &done.id).await.unwrap();
    let all = listed(&room, &who, "-tag:none").await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[&80].tags, ["own"]);
}

#[tokio::test]
async fn a_bulk_is_refused_whole_when_it_is_not_what_somebody_saw() {
    let (room, who) = room_of_five().await;
    let wanted = |filter: &str| RecordBulkRequest {
        selection: Some(fitting(filter)),
        action: Some(action("acknowledge")),
        ..Default::default()
    };
    let grown = RecordBulkRequest {
        expected: 3,
        ..wanted("state:open")
    };
    assert_eq!(bulk(&room, &who, grown).await.unwrap_err(), "bulk.grew");
    let verify = RecordBulkRequest {
        action: Some(RecordActionRequest {
            run_id: "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            ..action("request_verify")
        }),
        ..wanted("state:open")
    };
    for refused in [wanted(""), wanted("colour:red"), verify] {
        let code = bulk(&room, &who, refused).await.unwrap_err();
        assert_eq!(code, "request.invalid_field");
    }
    let viewer = person(who.tenant_key.unwrap(), Role::Viewer);
    let code = bulk(&room, &viewer, wanted("state:open"))
        .await
        .unwrap_err();
    assert_eq!(code, "auth.forbidden");
    assert!(listed(&room, &who, "-decision:none").await.is_empty());

    // Asked twice by one name: one bulk.
    let named = RecordBulkRequest {
        idempotency_key: "once".to_owned(),
        ..wanted("port:80")
    };
    let one = bulk(&room, &who, named.clone()).await.unwrap();
    assert_eq!(bulk(&room, &who, named).await.unwrap(), one);
    // And nobody else's exposures or bulks are there.
    let stranger = person(organization(), Role::Operator);
    assert_eq!(
        undo(&room, &stranger, &one.id).await.unwrap_err(),
        "bulk.not_found"
    );
    let theirs = RecordBulkRequest {
        selection: Some(Selection {
            filter: String::new(),
            keys: listed(&room, &who, "")
                .await
                .into_values()
                .map(|e| e.key)
                .collect(),
        }),
        ..wanted("")
    };
    assert_eq!(bulk(&room, &stranger, theirs).await.unwrap().applied, 0);
}

#[tokio::test]
async fn ten_thousand_are_one_transaction_and_one_more_is_too_many() {
    let (room, who) = room_of_five().await;
    let mut conn = room.superuser().await;
    sqlx::query(
        "insert into results.exposures
         select r.* from results.exposures e,
             generate_series(1, 10000) n,
             jsonb_populate_record(e, jsonb_build_object(
                 'key', 'exp1_' || lpad(n::text, 26, 'a'), 'port', 1000)) r
         where e.port = 80",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let all = RecordBulkRequest {
        selection: Some(fitting("severity>=info")),
        action: Some(action("acknowledge")),
        ..Default::default()
    };
    assert_eq!(
        bulk(&room, &who, all.clone()).await.unwrap_err(),
        "bulk.too_many"
    );
    assert!(
        preview(&room, &who, "severity>=info", "acknowledge")
            .await
            .too_many
    );
    let fewer = RecordBulkRequest {
        selection: Some(fitting("port:1000")),
        ..all
    };
    let done = bulk(&room, &who, fewer).await.unwrap();
    assert_eq!(done.applied, 10_000);
    assert_eq!(undo(&room, &who, &done.id).await.unwrap().applied, 10_000);
}
