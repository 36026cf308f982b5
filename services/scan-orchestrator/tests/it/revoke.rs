//! Proofs of ownership that are withdrawn while something rests on them.
use wt_model::{Role, TenantKey};
use wt_proto::{asset, event};
use wt_testkit::wait;

use crate::{
    calls::{applied, completed},
    fixture::{Fixture, PATIENCE, address, anything, code, member, network, organization},
};

/// The consumer that hears of withdrawn proofs.
const AUTHORIZATIONS: &str = "orchestrator-authorizations";

impl Fixture {
    /// Says that a proof was withdrawn.
    async fn revoke(&self, tenant: TenantKey, asset: &asset::AuthorizedAsset) {
        let revoked = event::AuthorizationRevoked {
            asset_id: asset.asset_id.clone(),
            authorization_id: asset.authorization_id.clone(),
            reason: "sold".to_owned(),
        };
        self.say(tenant, &revoked).await;
        wait::until(PATIENCE, "a handled withdrawal", async || {
            (self.broker.unhandled_by(AUTHORIZATIONS).await.ok()? == 0).then_some(())
        })
        .await;
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

/// The same asset under a proof that is a millisecond older or newer.
fn proven_at(asset: &asset::AuthorizedAsset, order: u8) -> asset::AuthorizedAsset {
    asset::AuthorizedAsset {
        authorization_id: format!("auz_01ARZ3NDEKTSV4RRFFQ69G5FA{order}"),
        ..asset.clone()
    }
}

#[tokio::test]
async fn withdrawing_a_renewed_proof_stops_what_rests_on_the_old_one() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let asset = address("192.0.2.1");
    let proofs: Vec<_> = (1..=3).map(|order| proven_at(&asset, order)).collect();
    fixture.may_scan(tenant, &proofs[0..1], &[]);
    let old = fixture.run(&who).await;
    fixture.may_scan(tenant, &proofs[2..3], &[]);
    let newer = fixture.run(&who).await;
    // The second proof took the first one's place and is withdrawn; the third came after.
    fixture.revoke(tenant, &proofs[1]).await;
    fixture.run_is(&who, &old, "failed").await;
    assert_eq!(fixture.get(&who, &newer).await.unwrap().state, "queued");
}

#[tokio::test]
async fn a_proof_withdrawn_between_the_question_and_the_run_is_not_missed() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let (gone, kept) = (address("192.0.2.1"), address("192.0.2.2"));
    // What the registry answered is out of date once the withdrawal is known.
    fixture.may_scan(tenant, std::slice::from_ref(&gone), &[]);
    fixture.revoke(tenant, &gone).await;
    let refused = fixture.request(&who, anything()).await;
    assert_eq!(code(refused), "run.nothing_authorized");
    assert_eq!(fixture.number("select count(*) from scan.runs").await, 0);

    fixture.may_scan(tenant, &[gone.clone(), kept.clone()], &[]);
    let answer = fixture.request(&who, anything()).await.unwrap();
    assert_eq!((answer.hosts, answer.jobs), (1, 1));
    assert_eq!(answer.refused[0].asset_id, gone.asset_id);
    assert_eq!(answer.run.unwrap().asset_ids, [kept.asset_id]);
}

#[tokio::test]
async fn only_the_jobs_that_rest_on_it_stop() {
    let fixture = Fixture::start().await;
    let mut ear = fixture.listen().await;
    let tenant = organization();
    let who = member(tenant, Role::Operator);
    let networks = [network("192.0.2.0/26"), network("192.0.2.64/26")];
    fixture.may_scan(tenant, &networks, &[]);
    let run = fixture.run(&who).await;
    let mut jobs = [ear.job().await, ear.job().await];
    jobs.sort_by_key(|taken| taken.job.targets[0].asset_id != networks[0].asset_id);
    let [gone, kept] = jobs;
    for taken in [&gone, &kept] {
        assert!(fixture.claim(taken, "wrk_test").await.granted);
    }
    fixture.revoke(tenant, &networks[0]).await;
    let notice = ear.cancel_notice().await;
    assert_eq!(
        (notice.run_id, notice.job_ids),
        (run.clone(), vec![gone.job.job_id.clone()])
    );
    fixture.job_is(&gone, "cancelled").await;
    fixture.job_is(&kept, "running").await;
    fixture.say(tenant, &completed(&kept, 1)).await;
    fixture.job_is(&kept, "processing").await;
    fixture.say(tenant, &applied(&kept, 1)).await;
    fixture.run_is(&who, &run, "partial").await;
}

#[tokio::test]
async fn more_jobs_than_one_statement_ends_all_stop() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let asset = address("192.0.2.1");
    let mut connection = fixture.database.superuser().await.unwrap();
    for sql in [
        "insert into scan.runs (tenant_key, id, seq, kind, profile, policy, state, asset_ids,
             requested_by, jobs_total, cells_planned, deadline_at)
         select $1, 'run_' || n, n, 'on_demand', 'baseline', 'safe', 'created', array[$2], 'x', 1,
             1, now() + interval '1 hour' from generate_series(1, 10) n where $3 <> ''",
        "update scan.runs set state = 'queued' where tenant_key = $1 and $2 <> $3",
        "insert into scan.jobs (tenant_key, id, run_id, state, attempt_ceiling, hosts,
             cells_planned, asset_ids, authorization_ids, envelope)
         select $1, 'job_' || n, 'run_' || (n % 10 + 1), 'queued', 5, 1, 1, array[$2], array[$3], ''
         from generate_series(1, 1010) n",
    ] {
        sqlx::query(sql)
            .bind(tenant.to_string())
            .bind(&asset.asset_id)
            .bind(&asset.authorization_id)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    fixture.revoke(tenant, &asset).await;
    let live = "select count(*) from scan.jobs where state <> 'cancelled'";
    assert_eq!(fixture.number(live).await, 0);
    let open = "select count(*) from scan.runs where state <> 'failed'";
    assert_eq!(fixture.number(open).await, 0);
}
