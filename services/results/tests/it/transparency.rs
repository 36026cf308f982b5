//! What an organization shows of its ledger to everybody, and nothing else.
use wt_exposure::Settled;
use wt_fault::Fault as _;
use wt_ledger::{SignedHead, verify_growth};
use wt_model::{Principal, Role};
use wt_proto::{
    common::PageRequest,
    results::{
        DeleteTransparencyRequest, GetPublicLedgerRequest, GetPublicLedgerResponse,
        GetTransparencyRequest, ListPublicHeadsRequest, ProvePublicGrowthRequest, PublicHead,
        PutTransparencyRequest, TransparencyPage,
    },
};
use wt_rpc::RpcFault;

use crate::{
    room::{Room, organization, person},
    told::told,
};

async fn put(
    room: &Room,
    who: &Principal,
    name: &str,
    label: &str,
) -> Result<TransparencyPage, RpcFault> {
    let request = PutTransparencyRequest {
        name: name.to_owned(),
        label: label.to_owned(),
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let answer = room.client().put_transparency(request).await?;
    Ok(answer.into_inner().page.unwrap())
}

/// As somebody nobody knows.
async fn shown(room: &Room, name: &str) -> Result<GetPublicLedgerResponse, RpcFault> {
    let request = GetPublicLedgerRequest {
        name: name.to_owned(),
    };
    let request = room.peer.request(None, request).unwrap();
    Ok(room.client().get_public_ledger(request).await?.into_inner())
}

async fn heads(room: &Room, name: &str) -> Result<Vec<PublicHead>, RpcFault> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = ListPublicHeadsRequest {
            name: name.to_owned(),
            page: Some(PageRequest { cursor, limit: 2 }),
        };
        let request = room.peer.request(None, request).unwrap();
        let page = room.client().list_public_heads(request).await?.into_inner();
        all.extend(page.heads);
        cursor = page.next_cursor;
        if cursor.is_empty() {
            return Ok(all);
        }
    }
}

async fn growth(room: &Room, name: &str, from_size: u64, to_size: u64) -> Result<String, RpcFault> {
    let request = ProvePublicGrowthRequest {
        name: name.to_owned(),
        from_size,
        to_size,
    };
    let request = room.peer.request(None, request).unwrap();
    let answer = room.client().prove_public_growth(request).await?;
    Ok(answer.into_inner().proof_json)
}

fn signed(head: &PublicHead) -> SignedHead {
    serde_json::from_value(serde_json::json!({
        "at": head.at, "key_id": head.key_id, "root_hash": head.root_hash,
        "signature": head.signature, "tenant_key": head.tenant_key, "tree_size": head.tree_size,
    }))
    .unwrap()
}

#[tokio::test]
async fn heads_are_shown_to_everybody_once_an_administrator_says_so_and_until_then_to_nobody() {
    let room = Room::open().await;
    let (tenant, other) = (organization(), organization());
    for port in 80..83 {
        room.tell(told(tenant, "on_demand", &[(port, Settled::Present)]))
            .await;
    }
    room.tell(told(other, "on_demand", &[(443, Settled::Present)]))
        .await;
    let admin = person(tenant, Role::Admin);
    let page = put(&room, &admin, "", "").await.unwrap();
    // Nobody guesses 128 bits, and nothing in them is the organization's.
    assert_eq!(page.name.len(), 32);
    let ledger = shown(&room, &page.name).await.unwrap();
    assert_eq!(ledger.label, "");
    assert_eq!(ledger.tenant_key, tenant.to_string());
    assert_eq!(ledger.head.unwrap().tree_size, 3);
    let key = room.ledger_key.public();
    let all = heads(&room, &page.name).await.unwrap();
    let sizes: Vec<u64> = all.iter().map(|head| head.tree_size).collect();
    assert_eq!(sizes, [3, 2, 1]);
    for head in &all {
        let head = signed(head).verify(&key).unwrap();
        assert_eq!(head.tenant_key, tenant);
    }
    let proof = growth(&room, &page.name, 1, 0).await.unwrap();
    let grown = verify_growth(proof.as_bytes(), &key, Some(tenant)).unwrap();
    assert_eq!((grown.earlier.0, grown.later.0), (1, 3));
    assert_eq!(grown.later_root.to_string(), all[0].root_hash);

    // A chosen name takes the place of the drawn one.
    let page_again = put(&room, &admin, "acme-security", "Acme").await.unwrap();
    assert_eq!(page_again.since, page.since);
    assert_eq!(shown(&room, "acme-security").await.unwrap().label, "Acme");
    let gone = shown(&room, &page.name).await.unwrap_err();
    assert_eq!(gone.code(), "transparency.not_found");
    // Changing the label alone keeps the name.
    let relabelled = put(&room, &admin, "", "Acme Inc.").await.unwrap();
    assert_eq!(relabelled.name, "acme-security");

    // Another organization neither takes the name nor sees whose it is.
    let stranger = person(other, Role::Owner);
    let taken = put(&room, &stranger, "acme-security", "")
        .await
        .unwrap_err();
    assert_eq!(taken.code(), "transparency.name_taken");
    let request = room
        .peer
        .request(Some(&stranger), GetTransparencyRequest {});
    let theirs = room.client().get_transparency(request.unwrap()).await;
    assert_eq!(theirs.unwrap().into_inner().page, None);

    let request = room
        .peer
        .request(Some(&admin), DeleteTransparencyRequest {});
    room.client()
        .delete_transparency(request.unwrap())
        .await
        .unwrap();
    let off = shown(&room, "acme-security").await.unwrap_err();
    let never = shown(&room, "nobody-ever-was").await.unwrap_err();
    assert_eq!(off.report(), never.report());
    assert!(heads(&room, "acme-security").await.is_err());
    assert!(growth(&room, "acme-security", 1, 3).await.is_err());
    // It is on record who showed it and who stopped.
    let mut conn = room.superuser().await;
    let deeds: Vec<String> = sqlx::query_scalar(
        "select action from results.audit where tenant_key = $1
         and action like 'transparency.%' order by seq",
    )
    .bind(tenant.to_string())
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let expected = ["publish", "publish", "publish", "withdraw"];
    assert_eq!(deeds, expected.map(|deed| format!("transparency.{deed}")));
}

#[tokio::test]
async fn only_administrators_show_a_ledger_and_only_under_plain_names() {
    let room = Room::open().await;
    let tenant = organization();
    for role in [Role::Viewer, Role::Operator, Role::Auditor] {
        let refused = put(&room, &person(tenant, role), "abc", "").await;
        assert_eq!(refused.unwrap_err().code(), "auth.forbidden", "{role}");
    }
    let admin = person(tenant, Role::Admin);
    let long = "a".repeat(64);
    for name in ["ab", "Abc", "-abc", "abc-", "a_b", "../x", long.as_str()] {
        let refused = put(&room, &admin, name, "").await.unwrap_err();
        assert_eq!(refused.code(), "request.invalid_field", "{name}");
    }
    for label in ["x".repeat(81), "two\nlines".to_owned()] {
        let refused = put(&room, &admin, "abc", &label).await.unwrap_err();
        assert_eq!(refused.code(), "request.invalid_field", "{label}");
    }
    // An empty ledger is shown as what it is.
    put(&room, &admin, "abc", "").await.unwrap();
    assert_eq!(shown(&room, "abc").await.unwrap().head, None);
    assert!(heads(&room, "abc").await.unwrap().is_empty());
    assert!(growth(&room, "abc", 1, 0).await.is_err());
}
