//! What people do: decide, ask for a proof, walk the list.
use std::collections::BTreeSet;

use wt_exposure::Settled;
use wt_ledger::verify_packet;
use wt_model::{Principal, Role};
use wt_proto::{
    common::PageRequest,
    results::{
        ExplainExposureRequest, Exposure, GetPacketRequest, GetPacketResponse,
        GetRunSummaryRequest, GetTimelineRequest, GetTreeHeadRequest, ListExposuresRequest,
        ListOpenCellsRequest, RecordActionRequest, RecordVerifyRequest,
    },
    shown::exposure_page,
};

use crate::{
    room::{Room, organization, person},
    told::{CHECK, gone, silent, told},
};

async fn list(room: &Room, who: &Principal) -> Vec<Exposure> {
    let request = room
        .peer
        .request(Some(who), ListExposuresRequest::default())
        .unwrap();
    room.client()
        .list_exposures(request)
        .await
        .unwrap()
        .into_inner()
        .exposures
}

async fn act(
    room: &Room,
    who: &Principal,
    request: RecordActionRequest,
) -> Result<Exposure, tonic::Status> {
    let request = room.peer.request(Some(who), request).unwrap();
    let answer = room.client().record_action(request).await?.into_inner();
    Ok(answer.exposure.unwrap())
}

async fn packet(room: &Room, who: &Principal, key: &str) -> String {
    packet_as(room, who, key, "").await.unwrap().packet_json
}

async fn packet_as(
    room: &Room,
    who: &Principal,
    key: &str,
    format: &str,
) -> Result<GetPacketResponse, tonic::Status> {
    let request = GetPacketRequest {
        key: key.to_owned(),
        format: format.to_owned(),
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let answer = room.client().get_packet(request).await;
    answer.map(tonic::Response::into_inner)
}

fn action(key: &str, kind: &str) -> RecordActionRequest {
    RecordActionRequest {
        key: key.to_owned(),
        kind: kind.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_fix_is_proven_by_a_packet_that_holds_offline() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Operator);
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let key = list(&room, &who).await[0].key.clone();
    assert_eq!(
        act(&room, &who, action(&key, "fix_in_progress"))
            .await
            .unwrap()
            .decision,
        "fix_in_progress"
    );
    room.tell(told(tenant, "verify", &[(80, Settled::Present)]))
        .await;
    let verify = room.tell(told(tenant, "verify", &[(80, gone())])).await;

    let text = packet(&room, &who, &key).await;
    let public = room.ledger_key.public();
    let verified = verify_packet(text.as_bytes(), &public, Some(tenant)).unwrap();
    let body = &verified.body;
    assert_eq!(body["verdict"], "FIXED");
    assert_eq!(body["before"]["type"], "STILL_OPEN");
    assert_eq!(body["before"]["evidence"]["matched"][0], "[core]");
    assert_eq!(body["after"]["settled"]["outcome"], "absent");
    assert_eq!(body["run"]["id"], verify.job.run_id);
    assert_eq!(body["actions"][0]["by"], who.sub);
    assert_eq!(
        body["job"]["authorization_ids"][0],
        "auz_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    );
    assert!(verify_packet(text.as_bytes(), &public, Some(organization())).is_err());
    let forged = text.replace("FIXED", "fixed");
    assert!(verify_packet(forged.as_bytes(), &public, None).is_err());

    let again = packet(&room, &who, &key).await;
    let again = verify_packet(again.as_bytes(), &public, Some(tenant)).unwrap();
    assert_eq!(
        again.leaf_index, verified.leaf_index,
        "asked twice, one leaf"
    );
    let request = room
        .peer
        .request(Some(&who), GetTreeHeadRequest {})
        .unwrap();
    let head = room
        .client()
        .get_tree_head(request)
        .await
        .unwrap()
        .into_inner();
    // NEW, STILL_OPEN, FIXED and the packet.
    assert_eq!(head.tree_size, 4);
    assert_eq!(head.public_key_pem, public.to_spki_pem());
}

#[tokio::test]
async fn a_packet_to_read_says_what_is_proven_and_appends_nothing_of_its_own() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let seen = room
        .tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let key = list(&room, &who).await[0].key.clone();
    let sealed: serde_json::Value = serde_json::from_str(&packet(&room, &who, &key).await).unwrap();

    let page = packet_as(&room, &who, &key, "html").await.unwrap();
    assert!(page.packet_json.is_empty());
    let page = String::from_utf8(page.document).unwrap();
    let leaf = format!(
        "<dt>Leaf</dt><dd>{}</dd>",
        sealed["inclusion"]["leaf_index"]
    );
    for said in [
        key.as_str(),
        &seen.job.run_id,
        "[core]",
        sealed["head"]["root_hash"].as_str().unwrap(),
        &leaf,
        "watchtower verify-packet",
    ] {
        assert!(page.contains(said), "{said}\n{page}");
    }
    let pages = packet_as(&room, &who, &key, "pdf").await.unwrap().document;
    assert!(pages.starts_with(b"%PDF-"));

    let refused = packet_as(&room, &who, &key, "docx").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    let stranger = person(organization(), Role::Owner);
    let refused = packet_as(&room, &stranger, &key, "pdf").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn that_a_run_verifies_exposures_is_noted_on_all_of_them_once() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Operator);
    let seen = [(80, Settled::Present), (81, Settled::Present)];
    room.tell(told(tenant, "on_demand", &seen)).await;
    let keys: Vec<String> = list(&room, &who).await.into_iter().map(|e| e.key).collect();
    assert_eq!(keys.len(), 2);
    let record = async |who: &Principal, run_id: &str| {
        let message = RecordVerifyRequest {
            keys: keys.iter().chain(&keys).cloned().collect(),
            run_id: run_id.to_owned(),
        };
        let request = room.peer.request(Some(who), message).unwrap();
        let answer = room.client().record_verify(request).await?;
        Ok::<_, tonic::Status>(answer.into_inner().recorded)
    };
    let run = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(record(&who, run).await.unwrap(), 2);
    assert_eq!(record(&who, run).await.unwrap(), 0, "said again");
    let other = "run_01ARZ3NDEKTSV4RRFFQ69G5FAW";
    assert_eq!(record(&who, other).await.unwrap(), 2);
    let viewer = person(tenant, Role::Viewer);
    let refused = record(&viewer, run).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    assert!(record(&who, "no run").await.is_err());
}

#[tokio::test]
async fn a_page_written_for_the_api_says_what_its_rows_say() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    room.tell(told(
        tenant,
        "on_demand",
        &[(80, Settled::Present), (81, Settled::Present)],
    ))
    .await;
    room.tell(told(organization(), "on_demand", &[(80, Settled::Present)]))
        .await;
    let page = async |as_json: bool| {
        let request = ListExposuresRequest {
            page: Some(PageRequest {
                limit: 1,
                ..PageRequest::default()
            }),
            as_json,
            ..ListExposuresRequest::default()
        };
        let request = room.peer.request(Some(&who), request).unwrap();
        let answer = room.client().list_exposures(request).await;
        answer.unwrap().into_inner()
    };
    let (rows, written) = (page(false).await, page(true).await);
    assert!(rows.page_json.is_empty() && written.exposures.is_empty());
    let expected = exposure_page(&rows.exposures, &rows.next_cursor).unwrap();
    assert_eq!(written.page_json, expected);
    assert!(rows.exposures.len() == 1 && !rows.next_cursor.is_empty());
}

#[tokio::test]
async fn a_rescan_never_touches_what_a_user_decided() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Operator);
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let key = list(&room, &who).await[0].key.clone();
    let assign = RecordActionRequest {
        assignee: "ana".to_owned(),
        ..action(&key, "assign")
    };
    act(&room, &who, assign).await.unwrap();
    let wrong = RecordActionRequest {
        reason: "a lure".to_owned(),
        ..action(&key, "false_positive")
    };
    act(&room, &who, wrong).await.unwrap();
    room.tell(told(tenant, "on_demand", &[(80, silent())]))
        .await;
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let shown = &list(&room, &who).await[0];
    assert_eq!(
        (shown.decision.as_str(), shown.assignee.as_str()),
        ("false_positive", "ana")
    );
    assert_eq!(shown.state, "open");
    let reopened = act(&room, &who, action(&key, "reopen")).await.unwrap();
    assert_eq!(
        (reopened.decision.as_str(), reopened.assignee.as_str()),
        ("", "ana")
    );
}

#[tokio::test]
async fn a_viewer_may_look_and_not_decide() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let viewer = person(tenant, Role::Viewer);
    let key = list(&room, &viewer).await[0].key.clone();
    let refused = act(&room, &viewer, action(&key, "acknowledge"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
}

#[tokio::test]
async fn a_decision_that_lacks_what_it_needs_names_the_field() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Operator);
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let key = list(&room, &who).await[0].key.clone();
    for kind in ["accept_risk", "false_positive", "assign", "note", "delete"] {
        let refused = act(&room, &who, action(&key, kind)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{kind}");
    }
}

#[tokio::test]
async fn pages_walk_the_whole_list_once() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let cells: Vec<_> = (1..=7).map(|port| (port, Settled::Present)).collect();
    room.tell(told(tenant, "on_demand", &cells)).await;
    let (mut keys, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = Some(PageRequest {
            cursor: cursor.clone(),
            limit: 3,
        });
        let request = ListExposuresRequest {
            page,
            ..Default::default()
        };
        let request = room.peer.request(Some(&who), request).unwrap();
        let answer = room
            .client()
            .list_exposures(request)
            .await
            .unwrap()
            .into_inner();
        keys.extend(answer.exposures.into_iter().map(|exposure| exposure.key));
        cursor = answer.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!((keys.len(), distinct.len()), (7, 7));
}

#[tokio::test]
async fn planner_and_reporter_are_told_what_they_need() {
    let room = Room::open().await;
    let tenant = organization();
    let first = room
        .tell(told(
            tenant,
            "on_demand",
            &[(80, Settled::Present), (81, Settled::Present), (82, gone())],
        ))
        .await;
    room.tell(told(tenant, "on_demand", &[(81, gone())])).await;
    let service = person(tenant, Role::Operator);
    let asset_ids = vec![crate::told::asset().to_string()];
    let request = ListOpenCellsRequest {
        asset_ids,
        ..Default::default()
    };
    let request = room.peer.request(Some(&service), request).unwrap();
    let open = room
        .client()
        .list_open_cells(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(open.cells.len(), 1);
    assert_eq!(
        (open.cells[0].port, open.cells[0].check_id.as_str()),
        (80, CHECK)
    );

    let request = GetRunSummaryRequest {
        run_id: first.job.run_id.clone(),
    };
    let request = room.peer.request(Some(&service), request).unwrap();
    let summary = room
        .client()
        .get_run_summary(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(summary.events_by_type["NEW"], 2);
    assert_eq!((summary.cells_present, summary.cells_absent), (2, 1));
    assert_eq!(
        summary.exposures.len(),
        1,
        "what is still open where it looked"
    );
    assert_eq!(
        summary.remediation[CHECK],
        "Do not serve the .git directory."
    );
}

#[tokio::test]
async fn timeline_and_explanation_say_what_happened_and_what_is_needed() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Operator);
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let key = list(&room, &who).await[0].key.clone();
    act(
        &room,
        &who,
        RecordActionRequest {
            note: "seen".to_owned(),
            ..action(&key, "note")
        },
    )
    .await
    .unwrap();
    room.tell(told(tenant, "on_demand", &[(80, silent())]))
        .await;
    let request = GetTimelineRequest { key: key.clone() };
    let request = room.peer.request(Some(&who), request).unwrap();
    let timeline = room
        .client()
        .get_timeline(request)
        .await
        .unwrap()
        .into_inner();
    let said: Vec<String> = timeline
        .entries
        .into_iter()
        .map(|entry| match (entry.event, entry.action) {
            (Some(event), _) => event.r#type,
            (_, action) => action.unwrap().kind,
        })
        .collect();
    assert_eq!(said, ["NEW", "note", "UNRESPONSIVE"]);
    let request = room
        .peer
        .request(Some(&who), ExplainExposureRequest { key })
        .unwrap();
    let explained = room
        .client()
        .explain_exposure(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(explained.state, "unresponsive");
    assert!(
        explained
            .because
            .iter()
            .any(|sentence| sentence.contains("timeout"))
    );
    assert_eq!(explained.to_be_fixed.len(), 3);
}
