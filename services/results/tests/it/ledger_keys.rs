//! One key of the ledger follows another while the service runs.
use std::sync::atomic::{AtomicU16, Ordering};

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use wt_envelope::{SigningKey, VerifyingKey};
use wt_exposure::Settled;
use wt_ledger::{KeyChain, Succession, Trust, verify_growth, verify_packet};
use wt_model::{Principal, Role};
use wt_proto::{
    common::PageRequest,
    results::{
        GetPacketRequest, GetTreeHeadRequest, ListExposuresRequest, ListLedgerKeysRequest,
        ListLedgerKeysResponse, ListTreeHeadsRequest, ProveGrowthRequest,
    },
};
use wt_rpc::RpcFault;
use wt_testkit::{database, wait};

use crate::{
    ground::Ground,
    room::{PATIENCE, Room, organization, person},
    told::told,
};

fn whole(at: OffsetDateTime) -> String {
    let at = at.replace_nanosecond(0).unwrap();
    at.format(&Rfc3339).unwrap()
}

async fn keys(room: &Room) -> ListLedgerKeysResponse {
    let request = room.peer.request(None, ListLedgerKeysRequest {}).unwrap();
    let answer = room.client().list_ledger_keys(request).await;
    answer.unwrap().into_inner()
}

fn chain(of: &ListLedgerKeysResponse) -> KeyChain {
    let said = of.successions.iter().map(|said| Succession {
        at: said.at.clone(),
        from: said.from.clone(),
        from_signature: said.from_signature.clone(),
        to: said.to.clone(),
        to_signature: said.to_signature.clone(),
    });
    KeyChain::verify(said.collect()).unwrap()
}

async fn packet(room: &Room, who: &Principal, format: &str) -> Result<Vec<u8>, tonic::Status> {
    let request = room
        .peer
        .request(Some(who), ListExposuresRequest::default());
    let listed = room.client().list_exposures(request.unwrap()).await?;
    let listed = listed.into_inner().exposures;
    let request = GetPacketRequest {
        key: listed.first().unwrap().key.clone(),
        format: format.to_owned(),
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let got = room.client().get_packet(request).await?.into_inner();
    Ok(if format == "json" {
        got.packet_json.into_bytes()
    } else {
        got.document
    })
}

async fn signer(room: &Room, who: &Principal) -> (u64, String) {
    let request = ListTreeHeadsRequest {
        page: Some(PageRequest::default()),
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let heads = room.client().list_tree_heads(request).await.unwrap();
    let newest = heads.into_inner().heads.into_iter().next().unwrap();
    (newest.tree_size, newest.key_id)
}

#[tokio::test]
async fn a_planned_key_takes_over_at_its_moment_and_both_stay_verifiable() {
    let mut ground = Ground::lay(database().await.unwrap()).await;
    let next = SigningKey::from_seed(&[42; 32]).unwrap();
    let file = ground.key_file("next.pem");
    std::fs::write(&file, next.to_pkcs8_pem().unwrap()).unwrap();
    // Long enough from now that the first result is signed before.
    let at = whole(OffsetDateTime::now_utc() + Duration::seconds(15));
    ground.more_settings = vec![
        format!("--ledger-next-key-file={file}"),
        format!("--ledger-next-key-from={at}"),
    ];
    let room = Room::on(ground).await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let (old_key, new_key) = (room.ledger_key.public(), next.public());
    let before = packet(&room, &who, "json").await.unwrap();
    let (first, key_id) = signer(&room, &who).await;
    assert_eq!(key_id, old_key.key_id().to_string());

    // What will sign is told before it does.
    let told_of = keys(&room).await;
    let ids: Vec<&str> = told_of.keys.iter().map(|key| key.key_id.as_str()).collect();
    let expected = [old_key, new_key].map(|key| key.key_id().to_string());
    assert_eq!(ids, expected);
    assert_eq!(told_of.successions[0].at, at);
    assert_eq!(told_of.keys[0].valid_until, told_of.keys[1].valid_from);

    let port = AtomicU16::new(81);
    let grown = wait::until(PATIENCE, "a head by the next key", async || {
        let port = port.fetch_add(1, Ordering::Relaxed);
        room.tell(told(tenant, "on_demand", &[(port, Settled::Present)]))
            .await;
        let (size, key_id) = signer(&room, &who).await;
        (key_id == new_key.key_id().as_str()).then_some(size)
    })
    .await;
    let after = packet(&room, &who, "json").await.unwrap();
    let known = chain(&keys(&room).await);
    for pinned in [old_key, new_key] {
        verify_packet(&before, Trust::with(pinned, known.clone()).unwrap(), None).unwrap();
        verify_packet(&after, &pinned, Some(tenant)).unwrap();
        let request = ProveGrowthRequest {
            from_size: first,
            to_size: grown,
        };
        let request = room.peer.request(Some(&who), request).unwrap();
        let proof = room.client().prove_growth(request).await.unwrap();
        let proof = proof.into_inner().proof_json;
        verify_growth(proof.as_bytes(), &pinned, Some(tenant)).unwrap();
    }
    // The key that is handed out is the one that signs.
    let request = room
        .peer
        .request(Some(&who), GetTreeHeadRequest {})
        .unwrap();
    let head = room.client().get_tree_head(request).await.unwrap();
    let head = head.into_inner();
    assert_eq!(head.public_key_id, new_key.key_id().to_string());
    let pem = VerifyingKey::from_spki_pem(&head.public_key_pem).unwrap();
    assert_eq!(pem, new_key);
    // To read, it says how the keys follow each other.
    let html = packet(&room, &who, "html").await.unwrap();
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains("Keys of the ledger") && html.contains(&at));
    assert!(
        packet(&room, &who, "pdf")
            .await
            .unwrap()
            .starts_with(b"%PDF")
    );
}

#[tokio::test]
async fn a_process_without_the_key_that_signs_now_signs_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    assert_eq!(keys(&room).await.keys.len(), 1);
    let elsewhere = SigningKey::from_seed(&[43; 32]).unwrap();
    let at = whole(OffsetDateTime::now_utc() - Duration::minutes(1));
    let said = Succession::sign(&at, &room.ledger_key, &elsewhere).unwrap();
    let mut conn = room.superuser().await;
    sqlx::query(
        "insert into results.ledger_successions
             (at, from_key, from_signature, to_key, to_signature) values ($1, $2, $3, $4, $5)",
    )
    .bind(said.at)
    .bind(said.from)
    .bind(said.from_signature)
    .bind(said.to)
    .bind(said.to_signature)
    .execute(&mut conn)
    .await
    .unwrap();
    let heads = "select count(*) from results.heads";
    let before: i64 = sqlx::query_scalar(heads)
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let refused = packet(&room, &who, "json").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable);
    let fault = RpcFault::from(refused);
    assert_eq!(fault.report().code, "ledger.key_not_held");
    let after: i64 = sqlx::query_scalar(heads)
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert_eq!(before, after);
}
