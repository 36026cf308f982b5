//! Which tags there are, and what bears one.
use std::collections::BTreeSet;

use ulid::Ulid;
use wt_fault::{Fault, Kind};
use wt_model::TenantKey;

use crate::fixture::{Fixture, owner};

#[tokio::test]
async fn tags_are_those_of_live_assets_and_their_assets_are_the_archived_too() {
    let fixture = Fixture::start().await;
    let who = owner(TenantKey::from_ulid(Ulid::generate()));
    assert!(fixture.tags(&who).await.unwrap().is_empty());
    let shop = fixture
        .register(&who, "shop.example.com", &["shop", "eu"])
        .await;
    let pay = fixture.register(&who, "pay.example.com", &["shop"]).await;
    let old = fixture
        .register(&who, "old.example.com", &["shop", "old"])
        .await;
    fixture.archive(&who, &old).await;

    let expected = [("shop".to_owned(), 2), ("eu".to_owned(), 1)];
    assert_eq!(fixture.tags(&who).await.unwrap(), expected);
    let tagged = fixture.tagged(&who, "shop").await.unwrap();
    let tagged: BTreeSet<String> = tagged.into_iter().collect();
    assert_eq!(tagged, BTreeSet::from([shop, pay, old]));
    assert!(fixture.tagged(&who, "sho").await.unwrap().is_empty());

    let stranger = owner(TenantKey::from_ulid(Ulid::generate()));
    assert!(fixture.tags(&stranger).await.unwrap().is_empty());
    assert!(fixture.tagged(&stranger, "shop").await.unwrap().is_empty());
}

#[tokio::test]
async fn no_tag_and_no_right_are_refused() {
    let fixture = Fixture::start().await;
    let mut who = owner(TenantKey::from_ulid(Ulid::generate()));
    for wrong in [
        String::new(),
        " ".to_owned(),
        "a\u{7}".to_owned(),
        "x".repeat(65),
    ] {
        let fault = fixture.tagged(&who, &wrong).await.unwrap_err();
        assert_eq!(fault.kind(), Kind::Invalid, "{wrong:?}");
    }
    who.roles.clear();
    let faults = [
        fixture.tags(&who).await.unwrap_err(),
        fixture.tagged(&who, "shop").await.unwrap_err(),
    ];
    assert!(faults.iter().all(|fault| fault.kind() == Kind::Forbidden));
}
