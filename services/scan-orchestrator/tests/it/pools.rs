//! Private pools: who may have them, whose jobs they take, and what is said of one without workers.
use futures::future::join_all;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{Message, results, scan, subject::scan_alive};
use wt_testkit::wait;

use crate::{
    calls::Taken,
    fixture::{Fixture, PATIENCE, address, anything, code, member, organization},
};

/// An organization on a plan with one address to scan, and its owner.
fn on(fixture: &Fixture, plan: &str, above: &[TenantKey]) -> (TenantKey, Principal) {
    let tenant = organization();
    fixture.may_scan(tenant, &[address("192.0.2.1")], &[]);
    fixture.stands_below(tenant, above, plan, true);
    (tenant, member(tenant, Role::Owner))
}

fn by(pool: &str) -> scan::RequestRunRequest {
    scan::RequestRunRequest {
        pool: pool.to_owned(),
        ..anything()
    }
}

/// Says that a pool has workers and waits until that is known and nothing said is on its way.
async fn has_workers(fixture: &Fixture, who: &Principal, pool: &str) {
    let say = async |worker: &str| {
        let alive = scan::WorkerAlive {
            worker_id: worker.to_owned(),
        };
        let subject = scan_alive(pool.parse().unwrap());
        let said = fixture
            .bus
            .say_bytes(&subject, alive.encode_to_vec().into());
        said.await.expect("the bus takes it");
    };
    let heard = async || {
        let pools = fixture.pools(who).await.ok()?.pools;
        Some(pools.iter().find(|one| one.id == pool)?.workers)
    };
    // Said again until it is known: perhaps nobody listened yet.
    wait::until(PATIENCE, "a worker", async || {
        say("wrk_first").await;
        (heard().await? == 1).then_some(())
    })
    .await;
    // Said once: where it is known, all that was said before it is, too.
    say("wrk_last").await;
    wait::until(PATIENCE, "the last worker", async || {
        (heard().await? == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn of_many_pools_at_once_as_many_are_made_as_the_plan_of_the_tree_includes() {
    let fixture = Fixture::start().await;
    let (root, above) = on(&fixture, "business", &[]);
    let (_, below) = on(&fixture, "business", &[root]);
    let names: Vec<String> = (0..8).map(|n| format!("pool {n}")).collect();
    let asks = names.iter().enumerate().map(|(n, name)| {
        let who = if n % 2 == 0 { &above } else { &below };
        fixture.create_pool(who, name, false)
    });
    let (made, refused): (Vec<_>, Vec<_>) =
        join_all(asks).await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (2, 6));
    for answer in refused {
        assert_eq!(code(answer), "plan.pools_used");
    }
    let listed = fixture.pools(&above).await.unwrap();
    assert_eq!((listed.used, listed.included), (2, Some(2)));
    let (_, free) = on(&fixture, "free", &[]);
    let none = fixture.create_pool(&free, "mine", false).await;
    assert_eq!(code(none), "plan.pools_used");
}

#[tokio::test]
async fn a_pool_is_used_from_below_and_known_to_nobody_else() {
    let fixture = Fixture::start().await;
    let (root, above) = on(&fixture, "enterprise", &[]);
    let (_, below) = on(&fixture, "enterprise", &[root]);
    let (_, beside) = on(&fixture, "enterprise", &[]);
    let pool = fixture
        .create_pool(&above, " Office ", false)
        .await
        .unwrap();
    assert_eq!(pool.name, "Office");

    let seen = fixture.pools(&below).await.unwrap().pools;
    assert_eq!(
        (seen[0].id.as_str(), &*seen[0].tenant_key),
        (&*pool.id, &*root.to_string())
    );
    let run = fixture
        .request(&below, by(&pool.id))
        .await
        .unwrap()
        .run
        .unwrap();
    assert_eq!(
        (run.pool.as_str(), run.pool_name.as_str()),
        (&*pool.id, "Office")
    );
    // Waiting jobs are everybody's for whose pool it is.
    assert_eq!(
        fixture.pools(&above).await.unwrap().pools[0].waiting_jobs,
        1
    );

    assert!(fixture.pools(&beside).await.unwrap().pools.is_empty());
    let foreign = fixture.request(&beside, by(&pool.id)).await;
    assert_eq!(code(foreign), "pool.not_found");
    let change = scan::UpdatePoolRequest {
        pool_id: pool.id.clone(),
        name: "mine now".to_owned(),
        ..Default::default()
    };
    for stranger in [&below, &beside] {
        let changed = fixture.update_pool(stranger, change.clone()).await;
        assert_eq!(code(changed), "pool.not_found");
        let removed = fixture.delete_pool(stranger, &pool.id).await;
        assert_eq!(code(removed), "pool.not_found");
    }
}

#[tokio::test]
async fn changing_pools_needs_the_permission_and_leaves_records() {
    let fixture = Fixture::start().await;
    let (tenant, owner) = on(&fixture, "enterprise", &[]);
    let operator = member(tenant, Role::Operator);
    let refused = fixture.create_pool(&operator, "\n", false).await;
    assert_eq!(code(refused), "auth.forbidden");
    assert_eq!(
        code(fixture.create_pool(&owner, "\n", false).await),
        "request.invalid_field"
    );
    let pool = fixture.create_pool(&owner, "Office", false).await.unwrap();
    let again = fixture.create_pool(&owner, "Office", false).await;
    assert_eq!(code(again), "pool.name_taken");
    let change = scan::UpdatePoolRequest {
        pool_id: pool.id.clone(),
        name: "Site".to_owned(),
        is_default: true,
        version: pool.version,
    };
    assert_eq!(
        code(fixture.update_pool(&operator, change.clone()).await),
        "auth.forbidden"
    );
    let changed = fixture.update_pool(&owner, change.clone()).await.unwrap();
    assert!(changed.is_default && changed.name == "Site" && changed.version > pool.version);
    assert_eq!(
        code(fixture.update_pool(&owner, change).await),
        "request.stale"
    );
    assert_eq!(
        code(fixture.delete_pool(&operator, &pool.id).await),
        "auth.forbidden"
    );
    let records = "select count(*) from scan.audit where action in ('pool.create', 'pool.change')";
    assert_eq!(fixture.number(records).await, 2);
    // One default at a time.
    let other = fixture.create_pool(&owner, "Other", true).await.unwrap();
    let pools = fixture.pools(&operator).await.unwrap().pools;
    let default: Vec<_> = pools.iter().filter(|pool| pool.is_default).collect();
    assert_eq!((default.len(), &default[0].id), (1, &other.id));
}

#[tokio::test]
async fn a_job_of_a_pool_is_signed_for_it_dispatched_to_it_and_claimed_by_its_workers_only() {
    let fixture = Fixture::start_with(&[("--silence-ms", "200")]).await;
    let (_, who) = on(&fixture, "enterprise", &[]);
    let pool = fixture.create_pool(&who, "Office", false).await.unwrap();
    let mut ear = fixture.listen().await;
    let run = fixture
        .request(&who, by(&pool.id))
        .await
        .unwrap()
        .run
        .unwrap();
    let subject = format!("scan.requested.{}", pool.id);
    // Dispatched, and again while nobody is heard of.
    for _ in 0..2 {
        let (on, taken) = ear.job_on().await;
        assert_eq!(
            (on.as_str(), taken.job.pool.as_str()),
            (&*subject, &*pool.id)
        );
    }
    let (_, taken) = ear.job_on().await;
    for pool in ["", "shared", "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
        let mut stranger: Taken = taken.clone();
        pool.clone_into(&mut stranger.job.pool);
        let reply = fixture.claim(&stranger, "wrk_stranger").await;
        assert_eq!(
            (reply.granted, reply.code.as_str()),
            (false, "job.wrong_pool")
        );
    }
    assert!(fixture.claim(&taken, "wrk_own").await.granted);
    fixture.cancel(&who, &run.id, "").await.unwrap();
    let (on, notice) = ear.cancel_notice_on().await;
    assert_eq!(on, format!("scan.cancel.{}.{}", pool.id, run.id));
    assert_eq!(notice.run_id, run.id);
}

#[tokio::test]
async fn a_run_without_workers_says_so_until_one_is_heard_of() {
    let fixture = Fixture::start().await;
    let (_, who) = on(&fixture, "enterprise", &[]);
    let pool = fixture.create_pool(&who, "Office", false).await.unwrap();
    let run = fixture
        .request(&who, by(&pool.id))
        .await
        .unwrap()
        .run
        .unwrap();
    let never = "no worker of pool \"Office\" was ever heard of";
    assert_eq!(run.notice, never);
    assert_eq!(fixture.get(&who, &run.id).await.unwrap().notice, never);
    has_workers(&fixture, &who, &pool.id).await;
    assert_eq!(fixture.get(&who, &run.id).await.unwrap().notice, "");
    // A worker of a while ago is no worker.
    let old = "update scan.pool_workers set heard_at = now() - interval '61 seconds'";
    fixture.sql(old).await.unwrap();
    let notice = fixture.get(&who, &run.id).await.unwrap().notice;
    assert!(
        notice.starts_with("no worker of pool \"Office\" was heard of since 20"),
        "{notice}"
    );
    // Nor does it fail silently.
    fixture
        .sql("update scan.runs set deadline_at = now()")
        .await
        .unwrap();
    let failed = fixture.run_is(&who, &run.id, "failed").await;
    assert_eq!((failed.reason, failed.notice.as_str()), (notice, ""));
}

#[tokio::test]
async fn a_pool_something_rests_on_is_not_removed() {
    let fixture = Fixture::start().await;
    let (root, who) = on(&fixture, "enterprise", &[]);
    let (_, below) = on(&fixture, "enterprise", &[root]);
    let pool = fixture.create_pool(&who, "Office", true).await.unwrap();
    assert_eq!(
        code(fixture.delete_pool(&who, &pool.id).await),
        "pool.is_default"
    );
    let change = scan::UpdatePoolRequest {
        pool_id: pool.id.clone(),
        name: pool.name.clone(),
        ..Default::default()
    };
    fixture.update_pool(&who, change).await.unwrap();
    let own = fixture
        .request(&who, by(&pool.id))
        .await
        .unwrap()
        .run
        .unwrap();
    let theirs = fixture
        .request(&below, by(&pool.id))
        .await
        .unwrap()
        .run
        .unwrap();
    let fault = fixture.delete_pool(&who, &pool.id).await.unwrap_err();
    assert_eq!(fault.report().code, "pool.in_use");
    let told = fault.report().message.clone();
    // Which: one's own by name, others' by number.
    assert!(
        told.contains(&own.id) && !told.contains(&theirs.id),
        "{told}"
    );
    assert!(told.contains("1 of organizations below"), "{told}");
    fixture.cancel(&who, &own.id, "").await.unwrap();
    assert_eq!(
        code(fixture.delete_pool(&who, &pool.id).await),
        "pool.in_use"
    );
    fixture.cancel(&below, &theirs.id, "").await.unwrap();
    fixture.delete_pool(&who, &pool.id).await.unwrap();
    assert!(fixture.pools(&who).await.unwrap().pools.is_empty());
    assert_eq!(
        code(fixture.request(&who, by(&pool.id)).await),
        "pool.not_found"
    );
    // What nobody will ever take does not stay on the bus.
    assert_eq!(fixture.broker.messages_in("SCAN_JOBS").await.unwrap(), 0);
}

#[tokio::test]
async fn a_run_that_names_no_pool_goes_to_the_nearest_default() {
    let fixture = Fixture::start().await;
    let (root, above) = on(&fixture, "enterprise", &[]);
    let (_, below) = on(&fixture, "enterprise", &[root]);
    let pool_of = async |who: &Principal, named: &str| {
        let run = fixture.request(who, by(named)).await.unwrap().run.unwrap();
        run.pool
    };
    assert_eq!(pool_of(&below, "").await, "shared");
    let office = fixture.create_pool(&above, "Office", true).await.unwrap();
    assert_eq!(pool_of(&below, "").await, office.id);
    let own = fixture.create_pool(&below, "Own", true).await.unwrap();
    assert_eq!(pool_of(&below, "").await, own.id);
    assert_eq!(pool_of(&below, "shared").await, "shared");
    assert_eq!(pool_of(&above, "").await, office.id);
    let wrong = fixture.request(&above, by("office")).await;
    assert_eq!(code(wrong), "request.invalid_field");
}

#[tokio::test]
async fn what_a_pool_found_is_looked_at_again_from_there() {
    let fixture = Fixture::start().await;
    let tenant = organization();
    let here = address("192.0.2.1");
    fixture.may_scan(tenant, std::slice::from_ref(&here), &[]);
    let who = member(tenant, Role::Owner);
    let office = fixture.create_pool(&who, "Office", false).await.unwrap();
    fixture.create_pool(&who, "Default", true).await.unwrap();
    fixture.request(&who, by(&office.id)).await.unwrap();
    let cell = results::OpenCell {
        asset_id: here.asset_id,
        host: "192.0.2.1".to_owned(),
        transport: "tcp".to_owned(),
        port: 9,
        check_id: "port.open".to_owned(),
        ..Default::default()
    };
    fixture.are_open(tenant, vec![cell], &[]);
    fixture.results.answers(
        tenant,
        "RecordVerify",
        results::RecordVerifyResponse::default().encode_to_vec(),
    );
    let verify = scan::RequestRunRequest {
        kind: "verify".to_owned(),
        exposure_keys: vec!["exp1_abcdefghijklmnopqrstuvwxyz".to_owned()],
        ..Default::default()
    };
    let run = fixture.request(&who, verify).await.unwrap().run.unwrap();
    assert_eq!(run.pool, office.id);
}
