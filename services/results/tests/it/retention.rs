//! What a plan keeps no longer goes, and nothing else does: an organization beside another with the
//! same history and a larger plan.
use sqlx::Executor;
use wt_exposure::Settled;
use wt_model::Role;
use wt_proto::results::CompareRunsRequest;

use crate::{
    old_history::{ENDED, EVENTS, ago, room},
    replay::replay,
    room::{organization, person},
    told::{Told, told_of},
};

#[tokio::test]
async fn only_the_smaller_plan_loses_history_and_only_past_its_term() {
    let room = room().await;
    let (free, business, owing) = (organization(), organization(), organization());
    room.stands(free, "free", "active");
    room.stands(business, "business", "active");
    room.stands(owing, "free", "past_due");
    let runs = room.old_history(free).await;
    room.old_history(business).await;
    room.old_history(owing).await;
    room.packet(free, 82).await;
    let packet = room.packet(free, 80).await;
    let (before, day_20) = (room.state(free).await, room.then(free, 20).await.unwrap());
    let trend = room.trend(free).await;

    for tenant in [free, business, owing] {
        room.heard_of_plan(tenant).await;
    }
    let warned = room.retention(free).await;
    assert_eq!((warned.days, warned.next_days), (0, 30), "a grace");
    assert_eq!(
        room.events(free).await,
        EVENTS,
        "nothing goes before it is over"
    );
    for tenant in [free, business, owing] {
        room.grace_is_over(tenant).await;
    }
    room.pruned(free).await;
    room.pruned(business).await;
    room.heard_of_plan(owing).await;

    assert_eq!(room.events(free).await, EVENTS - ENDED);
    assert_eq!(room.events(business).await, EVENTS);
    assert_eq!(room.events(owing).await, EVENTS);
    let kept = room.retention(free).await;
    assert_eq!((kept.days, kept.next_days), (30, 0));
    assert_eq!(room.retention(owing).await.kept_since, None);

    // What stands, its proof and the ledger are as they were.
    assert_eq!(room.state(free).await, before);
    assert_eq!(room.packet(free, 80).await, packet);
    assert_eq!(room.then(free, 20).await.unwrap(), day_20);
    assert_eq!(room.then(business, 20).await.unwrap(), day_20);
    let last = trend.last().unwrap();
    let kept_trend = room.trend(free).await;
    assert!((30..=32).contains(&kept_trend.len()), "{kept_trend:?}");
    assert_eq!(kept_trend.last().unwrap(), last);
    assert_eq!(trend[trend.len() - kept_trend.len()..], kept_trend[..]);

    // What is gone is said to be gone.
    let refused = room.then(free, 50).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert!(refused.message().contains("kept since"), "{refused}");
    assert_eq!(room.then(business, 50).await.unwrap().len(), 3);
    let told = |types: &[&str]| types.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(room.timeline(free, 82).await, (told(&["FIXED"]), true));
    assert_eq!(room.timeline(free, 80).await, (told(&["REOPENED"]), true));
    assert_eq!(
        room.timeline(free, 81).await.0.len(),
        4,
        "it is still there"
    );
    assert_eq!(room.timeline(business, 82).await.0.len(), 3);
    let who = person(free, Role::Viewer);
    let message = CompareRunsRequest {
        run_id: runs[0].clone(),
        other_run_id: runs[4].clone(),
        page: None,
    };
    let request = room.peer.request(Some(&who), message).unwrap();
    let compared = room.client().compare_runs(request).await.unwrap();
    let reason = compared.into_inner().reasons.remove(0);
    assert_eq!(reason.code, "results_gone");
    assert!(reason.says.contains("kept since"), "{}", reason.says);
    let (well, found) = replay(&room, free).await;
    assert!(well && found["kept_since"].is_string(), "{found}");
    assert_eq!(found["root_hash"], found["live_root_hash"]);
    let (well, found) = replay(&room, business).await;
    assert!(well && found["kept_since"].is_null(), "{found}");

    let records = "select count(*) from results.audit
         where tenant_key = $1 and action = 'history.prune'";
    assert_eq!(room.number(records, free).await, 1, "one record of it");
    assert_eq!(room.number(records, business).await, 0);
    let proofs = "select count(*) from results.evidence v where tenant_key = $1 and not exists (
         select from results.events e where e.tenant_key = v.tenant_key and e.id = v.event_id)";
    assert_eq!(
        room.number(proofs, free).await,
        0,
        "no proof without its event"
    );
}

#[tokio::test]
async fn pruning_that_was_stopped_goes_on_and_ends_alike() {
    let room = room().await;
    let tenant = organization();
    // While nobody can say what the plan is, the service takes nothing.
    room.tenants.refuses(tenant, "GetStanding", 14);
    room.old_history(tenant).await;
    room.heard_of_plan(tenant).await;
    assert_eq!(room.events(tenant).await, EVENTS);
    let begun = "update results.retention set days = 30, done = false,
         kept_since = date_trunc('day', now() - interval '30 days', 'UTC') where tenant_key = $1";
    room.sql(begun, tenant).await;
    let gone = room.prune_by_hand(tenant, 3, 1).await;
    assert!((1..ENDED).contains(&gone), "{gone} after three of them");
    room.stands(tenant, "free", "active");
    room.pruned(tenant).await;
    assert_eq!(room.events(tenant).await, EVENTS - ENDED);
    let counted = "select (after->>'events')::bigint from results.audit
         where tenant_key = $1 and action = 'history.prune'";
    assert_eq!(
        room.number(counted, tenant).await,
        ENDED,
        "those before count"
    );
}

#[tokio::test]
async fn no_caller_can_make_the_database_take_more_than_may_go() {
    let room = room().await;
    let (tenant, other) = (organization(), organization());
    for of in [tenant, other] {
        room.tenants.refuses(of, "GetStanding", 14);
        room.old_history(of).await;
        room.heard_of_plan(of).await;
    }
    assert_eq!(
        room.prune_by_hand(tenant, 1, 1_000).await,
        0,
        "no term, nothing"
    );
    let state = room.state(tenant).await;
    let mad = "update results.retention set days = 30, kept_since = now() + interval '9 years'
         where tenant_key = $1";
    room.sql(mad, tenant).await;
    assert_eq!(room.prune_by_hand(tenant, 2, 1_000).await, ENDED);
    assert_eq!(room.events(tenant).await, EVENTS - ENDED);
    assert_eq!(room.events(other).await, EVENTS);
    assert_eq!(room.state(tenant).await, state);
}

#[tokio::test]
async fn a_month_that_nobody_keeps_is_dropped_and_what_stays_of_it_moves() {
    // Months from half a year ago on, as if the service had run since.
    const MONTHS: &str = "
        set role wt_owner;
        do $$
        declare
            v_now timestamp := date_trunc('month', now() at time zone 'UTC');
        begin
            alter table results.events detach partition results.events_past;
            execute format('alter table results.events attach partition results.events_past '
                'for values from (minvalue) to (%L)', (v_now - interval '6 months') at time zone 'UTC');
            perform results.make_month((v_now - make_interval(months => n))::date)
            from generate_series(1, 6) n;
        end
        $$";
    let room = room().await;
    let tenant = organization();
    room.superuser().await.execute(MONTHS).await.unwrap();
    room.stands(tenant, "free", "active");
    room.old_history(tenant).await;
    room.heard_of_plan(tenant).await;
    room.grace_is_over(tenant).await;
    let left = "select case when count(*) between 2 and 5 then 1 else 0 end::bigint
         from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'results.events'::regclass and c.relname ~ '^events_[0-9]' and $1 <> ''";
    room.until("the old months to be dropped", left, tenant)
        .await;
    room.pruned(tenant).await;
    assert_eq!(room.events(tenant).await, EVENTS - ENDED);
    let moved = "select count(*) from results.events_past where tenant_key = $1";
    assert!(room.number(moved, tenant).await >= 3, "of each what stays");
    // And a result from then still finds its place.
    let late = Told {
        finished_at: ago(95),
        ..told_of(tenant, "on_demand", &[(84, Settled::Present)], "1")
    };
    room.tell(late).await;
    assert_eq!(room.events(tenant).await, EVENTS - ENDED + 1);
}
