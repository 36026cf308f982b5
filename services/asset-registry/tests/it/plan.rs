//! How many assets may be verified: exactly as many as the plan includes, over the payer's tree.
use futures::future::join_all;
use ulid::Ulid;
use wt_model::TenantKey;

use crate::fixture::{Fixture, owner};

/// What the free plan includes.
const FREE: usize = 5;

fn organization() -> TenantKey {
    TenantKey::from_ulid(Ulid::generate())
}

#[tokio::test]
async fn of_a_hundred_at_once_exactly_the_included_are_verified() {
    let fixture = Fixture::start().await;
    let (root, child) = (organization(), organization());
    // The root pays for the child: both draw on one number.
    fixture.stands(root, root, "free");
    fixture.stands(child, root, "free");
    let mut claims = Vec::new();
    for n in 1..=100 {
        let who = owner(if n % 2 == 0 { root } else { child });
        let asset = fixture.claim(&who, &format!("127.0.91.{n}")).await;
        claims.push((who, asset));
    }
    let checks = claims.iter().map(|(who, asset)| fixture.check(who, asset));
    let (taken, refused): (Vec<_>, Vec<_>) =
        join_all(checks).await.into_iter().partition(Result::is_ok);
    assert!(
        refused
            .iter()
            .all(|code| code.as_ref().unwrap_err() == "plan.assets_used"),
        "{refused:?}"
    );
    assert_eq!((taken.len(), refused.len()), (FREE, 95));
    for who in [owner(root), owner(child)] {
        assert_eq!(fixture.verified(&who).await, 5);
    }
}

#[tokio::test]
async fn a_proof_is_renewed_when_the_plan_is_full_and_an_archived_asset_makes_room() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = owner(tenant);
    fixture.stands(tenant, tenant, "free");
    let mut assets = Vec::new();
    for n in 1..=6 {
        assets.push(fixture.claim(&who, &format!("127.0.92.{n}")).await);
    }
    let (last, first) = assets.split_last().unwrap();
    for asset in first {
        assert_eq!(fixture.check(&who, asset).await.unwrap(), "verified");
    }
    let full = fixture.check(&who, last).await;
    assert_eq!(full.unwrap_err(), "plan.assets_used");
    // Renewing takes no other place.
    let renewed = fixture.check(&who, &assets[0]).await;
    assert_eq!(renewed.unwrap(), "verified");
    fixture.archive(&who, &assets[0]).await;
    assert_eq!(fixture.check(&who, last).await.unwrap(), "verified");
    assert_eq!(fixture.verified(&who).await, 5);
}

#[tokio::test]
async fn nothing_is_verified_while_it_is_not_known_who_pays() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = owner(tenant);
    let asset = fixture.claim(&who, "127.0.93.1").await;
    let refused = fixture.check(&who, &asset).await.unwrap_err();
    assert_eq!(refused, "service.failed");
    fixture.stands(tenant, tenant, "enterprise");
    assert_eq!(fixture.check(&who, &asset).await.unwrap(), "verified");
}
