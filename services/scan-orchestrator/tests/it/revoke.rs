//! Proofs of ownership that are withdrawn while something rests on them.
use wt_model::{Role, TenantKey};
use wt_proto::{asset, event};

use crate::{
    calls::completed,
    fixture::{Fixture, address, member, organization},
};

impl Fixture {
    /// Says that a proof was withdrawn.
    async fn revoke(&self, tenant: TenantKey, asset: &asset::AuthorizedAsset) {
        let revoked = event::AuthorizationRevoked {
            asset_id: asset.asset_id.clone(),
            authorization_id: asset.authorization_id.clone(),
            reason: "sold".to_owned(),
        };
        self.say(tenant, &revoked).await;
    }
}

#[tokio::test]
async fn a_proof_withdrawn_mid_run_stops_what_rests_on_it() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let (tenant, other) = (organization(), organization());
    let (who, stranger) = (
        member(tenant, Role::Operator),
        member(other, Role::Operator),
    );
    let asset = address("192.0.2.1");
    fixture.may_scan(tenant, std::slice::from_ref(&asset), &[]);
    fixture.may_scan(other, std::slice::from_ref(&asset), &[]);
    let run = fixture.run(&who).await;
    let taken = ear.job().await;
    let attempt = fixture.claim(&taken, "wrk_test").await.attempt;
    let theirs = fixture.run(&stranger).await;
    fixture.revoke(tenant, &asset).await;
    let ended = fixture.run_is(&who, &run, "failed").await;
    assert_eq!(ended.jobs_failed, 1);
    fixture.job_is(&taken, "cancelled").await;
    assert_eq!(ear.cancel_notice().await.run_id, run);
    fixture.say(tenant, &completed(&taken, attempt)).await;
    fixture.all_is_handled().await;
    fixture.job_is(&taken, "cancelled").await;
    assert_eq!(
        fixture.get(&stranger, &theirs).await.unwrap().state,
        "queued",
        "the same ids in another organization are other ids"
    );
}
