//! Signed heads, and proofs between them.
use wt_exposure::Settled;
use wt_ledger::{verify_growth, verify_packet};
use wt_model::{Principal, Role};
use wt_proto::{
    common::PageRequest,
    results::{
        GetPacketRequest, ListExposuresRequest, ListTreeHeadsRequest, ListTreeHeadsResponse,
        ProveGrowthRequest,
    },
};

use crate::{
    room::{Room, organization, person},
    told::told,
};

async fn heads(room: &Room, who: &Principal, page: PageRequest) -> ListTreeHeadsResponse {
    let request = ListTreeHeadsRequest { page: Some(page) };
    let request = room.peer.request(Some(who), request).unwrap();
    room.client()
        .list_tree_heads(request)
        .await
        .unwrap()
        .into_inner()
}

async fn growth(
    room: &Room,
    who: &Principal,
    (from_size, to_size): (u64, u64),
) -> Result<String, tonic::Status> {
    let request = ProveGrowthRequest { from_size, to_size };
    let request = room.peer.request(Some(who), request).unwrap();
    let answer = room.client().prove_growth(request).await?;
    Ok(answer.into_inner().proof_json)
}

#[tokio::test]
async fn every_signed_head_begins_with_every_earlier_one() {
    let room = Room::open().await;
    let tenant = organization();
    // More than one tile of 256 leaves, so that kept nodes and leaves both are read.
    for (low, high) in [(1, 6), (6, 300), (300, 303), (303, 600)] {
        let cells: Vec<_> = (low..high).map(|port| (port, Settled::Present)).collect();
        room.tell(told(tenant, "on_demand", &cells)).await;
    }
    let who = person(tenant, Role::Viewer);
    let first = heads(
        &room,
        &who,
        PageRequest {
            cursor: String::new(),
            limit: 3,
        },
    )
    .await;
    let rest = PageRequest {
        cursor: first.next_cursor.clone(),
        limit: 3,
    };
    let rest = heads(&room, &who, rest).await;
    let sizes: Vec<u64> = first
        .heads
        .iter()
        .chain(&rest.heads)
        .map(|head| head.tree_size)
        .collect();
    assert_eq!(sizes, [599, 302, 299, 5]);
    assert!(rest.next_cursor.is_empty());
    let key = room.ledger_key.public();
    for from in &sizes {
        for to in sizes.iter().filter(|to| from <= *to) {
            let proof = growth(&room, &who, (*from, *to)).await.unwrap();
            let grown = verify_growth(proof.as_bytes(), &key, Some(tenant)).unwrap();
            assert_eq!((grown.earlier.0, grown.later.0), (*from, *to));
        }
    }
    let newest = growth(&room, &who, (5, 0)).await.unwrap();
    assert_eq!(
        verify_growth(newest.as_bytes(), &key, None)
            .unwrap()
            .later
            .0,
        599
    );
    for sizes in [(4, 0), (0, 0), (5, 600), (599, 5), (u64::MAX, 0)] {
        let refused = growth(&room, &who, sizes).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{sizes:?}");
    }
}

#[tokio::test]
async fn a_packet_in_a_large_ledger_is_proven_from_kept_nodes() {
    let room = Room::open().await;
    let tenant = organization();
    let cells: Vec<_> = (1..700).map(|port| (port, Settled::Present)).collect();
    room.tell(told(tenant, "on_demand", &cells)).await;
    let who = person(tenant, Role::Viewer);
    let request = room
        .peer
        .request(Some(&who), ListExposuresRequest::default());
    let listed = room
        .client()
        .list_exposures(request.unwrap())
        .await
        .unwrap();
    let mut conn = room.superuser().await;
    let nodes: i64 = sqlx::query_scalar("select count(*) from results.nodes")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert_eq!(nodes, 2);
    for exposure in listed.into_inner().exposures.iter().step_by(10) {
        let request = GetPacketRequest {
            key: exposure.key.clone(),
            ..Default::default()
        };
        let request = room.peer.request(Some(&who), request).unwrap();
        let packet = room
            .client()
            .get_packet(request)
            .await
            .unwrap()
            .into_inner();
        let key = room.ledger_key.public();
        let proof = verify_packet(packet.packet_json.as_bytes(), &key, Some(tenant)).unwrap();
        assert!(proof.leaf_index >= 699);
        let stranger = verify_packet(packet.packet_json.as_bytes(), &key, Some(organization()));
        assert!(stranger.is_err(), "another organization's");
    }
}

#[tokio::test]
async fn another_organization_sees_no_heads_and_proves_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let stranger = person(organization(), Role::Owner);
    let seen = heads(&room, &stranger, PageRequest::default()).await;
    assert!(seen.heads.is_empty());
    assert!(growth(&room, &stranger, (1, 0)).await.is_err());
}
