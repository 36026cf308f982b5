//! Plans never shrink upwards, and a subscription ends in one state whatever the order of news.
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};
use wt_fault::Fault;
use wt_model::Policy;
use wt_plan::{
    GRACE, Listed, Plan, PlanFault, ProviderStatus, Reported, State, Subscription, Usage,
    admit_asset, admit_pool, admit_run, admit_seat, counting,
};

const BEGIN: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn report(status: ProviderStatus, day: i64) -> Reported {
    Reported {
        plan: Plan::Team,
        status,
        as_of: BEGIN + Duration::days(day),
    }
}

fn at(day: i64) -> OffsetDateTime {
    BEGIN + Duration::days(day)
}

#[test]
fn a_larger_plan_includes_everything_of_a_smaller_one() {
    let most = |limit: Option<u32>| limit.unwrap_or(u32::MAX);
    for (smaller, larger) in Plan::ALL.iter().zip(Plan::ALL.iter().skip(1)) {
        let (less, more) = (smaller.included(), larger.included());
        assert!(most(less.verified_assets) <= most(more.verified_assets));
        assert!(most(less.seats) <= most(more.seats));
        assert!(most(less.private_pools) <= most(more.private_pools));
        assert!(less.retention_days <= more.retention_days);
        assert!(less.scan_interval >= more.scan_interval);
        assert!(
            less.policies
                .iter()
                .all(|policy| more.policies.contains(policy))
        );
        assert_eq!(smaller.next(), Some(*larger));
        assert_eq!(smaller.as_str().parse::<Plan>().unwrap(), *smaller);
    }
    assert_eq!(Plan::Enterprise.next(), None);
}

#[test]
fn a_failed_payment_has_a_grace_and_then_pauses_scanning_only() {
    let paid = Subscription::FREE.hear(report(ProviderStatus::Active, 0));
    assert_eq!(paid.standing(Plan::Free, at(1)).state, State::Active);
    let failing = paid.hear(report(ProviderStatus::PastDue, 2));
    // Saying it again does not begin the grace again.
    let failing = failing.hear(report(ProviderStatus::PastDue, 6));
    let grace = failing.standing(Plan::Free, at(8));
    assert_eq!((grace.state, grace.may_scan), (State::Grace, true));
    assert_eq!(grace.until, Some(at(2) + GRACE));
    let late = failing.standing(Plan::Free, at(9));
    assert_eq!(
        (late.state, late.may_scan, late.plan),
        (State::PastDue, false, Plan::Team)
    );
    let again = failing.hear(report(ProviderStatus::Active, 10));
    assert_eq!(again.standing(Plan::Free, at(11)).state, State::Active);
    assert_eq!(again.failing_since, None);
    let over = failing
        .hear(report(ProviderStatus::Over, 12))
        .standing(Plan::Free, at(13));
    assert_eq!(
        (over.state, over.plan, over.may_scan),
        (State::Cancelled, Plan::Free, true)
    );
}

#[test]
fn each_limit_holds_exactly_and_says_what_to_do() {
    let free = Subscription::FREE.standing(Plan::Free, at(0));
    let usage = |verified_assets, seats| Usage {
        verified_assets,
        seats,
        ..Usage::default()
    };
    assert_eq!(admit_asset(&free, usage(4, 0)), Ok(()));
    let full = admit_asset(&free, usage(5, 0)).unwrap_err();
    assert_eq!(full.code(), "plan.assets_used");
    assert!(!full.advice().is_empty());
    // After a downgrade there may be more than the plan includes: nothing more comes in.
    assert!(admit_asset(&free, usage(50, 0)).is_err());
    assert_eq!(admit_seat(&free, usage(0, 2)), Ok(()));
    assert!(admit_seat(&free, usage(0, 3)).is_err());
    let none = admit_pool(&free, Usage::default()).unwrap_err();
    assert_eq!(none.code(), "plan.pools_used");
    let business = Subscription::FREE.standing(Plan::Business, at(0));
    let pools = |private_pools| Usage {
        private_pools,
        ..Usage::default()
    };
    assert_eq!(admit_pool(&business, pools(1)), Ok(()));
    assert!(admit_pool(&business, pools(2)).is_err());
    assert!(admit_run(&free, Policy::Intrusive, None, at(0)).is_err());
    assert_eq!(admit_run(&free, Policy::Safe, Some(at(0)), at(7)), Ok(()));
    let soon = admit_run(&free, Policy::Safe, Some(at(0)), at(6)).unwrap_err();
    assert_eq!(
        soon.retry_after(),
        Some(std::time::Duration::from_secs(86_401))
    );
    let unpaid = Subscription::FREE
        .hear(report(ProviderStatus::Unpaid, 0))
        .standing(Plan::Free, at(1));
    assert_eq!(
        admit_run(&unpaid, Policy::Safe, None, at(1)),
        Err(PlanFault::ScanningPaused)
    );
}

#[test]
fn who_sells_nothing_gives_everybody_the_plan_they_say() {
    let given = Subscription::FREE.standing(Plan::Enterprise, at(0));
    assert_eq!((given.plan, given.may_scan), (Plan::Enterprise, true));
    let over = Subscription::FREE.hear(report(ProviderStatus::Over, 0));
    assert_eq!(over.standing(Plan::Team, at(1)).plan, Plan::Team);
    // Without a limit of how often, the next run begins at once.
    assert_eq!(admit_run(&given, Policy::Safe, Some(at(0)), at(0)), Ok(()));
    for state in State::ALL {
        assert_eq!(state.as_str().parse::<State>().unwrap(), state);
    }
}

fn statuses() -> impl Strategy<Value = Vec<ProviderStatus>> {
    use ProviderStatus as S;
    let all = vec![
        S::Trialing,
        S::Active,
        S::PastDue,
        S::Unpaid,
        S::Paused,
        S::Over,
    ];
    proptest::collection::vec(proptest::sample::select(all), 1..6)
}

proptest! {
    /// Each webhook leads to a fetch of the state at that moment; news that was overtaken is
    /// dropped. Whatever the order and however often, the newest state stands (promises P10).
    #[test]
    fn any_order_and_any_number_of_copies_end_in_the_newest_state(
        life in statuses(),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..24),
    ) {
        let reports: Vec<Reported> = life.iter().zip(0..).map(|(s, day)| report(*s, day)).collect();
        let mut subscription = Subscription::FREE;
        for index in &order {
            subscription = subscription.hear(*index.get(&reports));
        }
        let newest = *reports.last().unwrap();
        subscription = subscription.hear(newest);
        for index in &order {
            subscription = subscription.hear(*index.get(&reports));
        }
        prop_assert_eq!(subscription.reported, Some(newest));
        let failing = matches!(newest.status, ProviderStatus::PastDue | ProviderStatus::Unpaid);
        prop_assert_eq!(subscription.failing_since.is_some(), failing);
    }

    /// The subscription that counts is the same in whatever order the provider lists them.
    #[test]
    fn the_counting_subscription_does_not_depend_on_the_order(
        life in statuses(),
        created in proptest::collection::vec(0_i64..4, 6),
        turn in any::<proptest::sample::Index>(),
    ) {
        let mut listed: Vec<Listed> = life.iter().zip(created).enumerate().map(|(n, (status, created))| Listed {
            id: format!("sub_{n}"),
            created,
            plan: Plan::Team,
            status: *status,
        }).collect();
        let first = counting(listed.clone()).unwrap();
        let places = listed.len();
        listed.rotate_left(turn.index(places));
        prop_assert_eq!(counting(listed.clone()), Some(first.clone()));
        listed.reverse();
        prop_assert_eq!(counting(listed), Some(first.clone()));
        let all_over = life.iter().all(|status| *status == ProviderStatus::Over);
        prop_assert_eq!(first.status == ProviderStatus::Over, all_over);
    }
}
