//! Budgets against a real Redis.

use std::time::Duration;

use wt_testkit::{Cache, wait};
use wt_throttle::{Backoff, Budget, Throttle, ThrottleFault, Turn, Verdict, Wanted};

/// Three at once, and one more every five minutes: nothing comes back within a test.
const SLOW: Budget = Budget {
    size: 3,
    per_second: 1.0 / 300.0,
};

fn granted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Granted { .. })
}

#[tokio::test]
async fn a_budget_is_shared_by_every_process_and_ends() {
    let cache = Cache::start().await.unwrap();
    let left = Throttle::new(&cache.url()).unwrap();
    let right = Throttle::new(&cache.url()).unwrap();
    assert!(granted(left.take("a", SLOW, 1).await.unwrap()));
    assert!(granted(right.take("a", SLOW, 2).await.unwrap()));
    let Verdict::Refused { retry_after } = left.take("a", SLOW, 1).await.unwrap() else {
        panic!("a fourth token was granted");
    };
    assert!(retry_after > Duration::from_secs(200), "{retry_after:?}");
    assert!(
        granted(left.take("b", SLOW, 1).await.unwrap()),
        "another key"
    );
}

#[tokio::test]
async fn many_at_once_get_exactly_the_budget() {
    let cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let throttle = throttle.clone();
            tokio::spawn(async move { throttle.take("a", SLOW, 1).await.unwrap() })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += usize::from(granted(task.await.unwrap()));
    }
    assert_eq!(count, 3);
}

#[tokio::test]
async fn a_redis_that_is_away_is_told_and_found_again() {
    let mut cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    assert!(granted(throttle.take("a", SLOW, 1).await.unwrap()));
    cache.kill().await.unwrap();
    let away = throttle.take("a", SLOW, 1).await;
    assert!(matches!(away, Err(ThrottleFault::Away(_))), "{away:?}");
    cache.restart().await.unwrap();
    wait::until(
        Duration::from_mins(1),
        "Redis to be found again",
        || async {
            throttle
                .take("a", SLOW, 1)
                .await
                .ok()
                .filter(|v| granted(*v))
        },
    )
    .await;
}

#[tokio::test]
async fn several_budgets_are_taken_together_or_not_at_all() {
    let cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    let wide = Budget {
        size: 100,
        per_second: 0.01,
    };
    let both = [("narrow".to_owned(), SLOW), ("wide".to_owned(), wide)];
    let said = throttle.take_all(&both, 3).await.unwrap();
    assert_eq!((said.refused, said.buckets.len()), (None, 2));
    assert_eq!((said.buckets[0].left, said.buckets[1].left), (0, 97));
    assert!(said.buckets[0].reset > Duration::from_secs(800));
    let said = throttle.take_all(&both, 1).await.unwrap();
    assert_eq!(said.refused, Some(0));
    assert!(said.buckets[0].reset > Duration::from_secs(200));
    assert_eq!(said.buckets[1].left, 97, "nothing is taken by a refusal");
}

#[tokio::test]
async fn failures_in_a_row_cost_ever_longer_pauses_until_one_succeeds() {
    let cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    let backoff = Backoff {
        free: 2,
        first: Duration::from_secs(100),
        longest: Duration::from_secs(350),
        forget_after: Duration::from_secs(1_000),
    };
    let mut pauses = Vec::new();
    for _ in 0..6 {
        pauses.push(throttle.fail("a", backoff).await.unwrap().as_secs());
    }
    assert_eq!(pauses, [0, 0, 100, 200, 350, 350]);
    let left = throttle.pause("a").await.unwrap().unwrap_or_default();
    assert!(left > Duration::from_mins(5), "{left:?}");
    assert_eq!(throttle.pause("b").await.unwrap(), None);
    // One that cost nothing is there to be forgiven all the same.
    throttle.fail("b", backoff).await.unwrap();
    assert_eq!(throttle.pause("b").await.unwrap(), Some(Duration::ZERO));
    throttle.forgive("a").await.unwrap();
    assert_eq!(throttle.pause("a").await.unwrap(), None);
    assert_eq!(throttle.fail("a", backoff).await.unwrap(), Duration::ZERO);
}

#[tokio::test]
async fn one_of_many_does_the_work_and_a_late_one_ends_nobody_elses() {
    let cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    let long = Duration::from_mins(1);
    let first = throttle.take_off("roll-up", long).await.unwrap().unwrap();
    assert!(throttle.take_off("roll-up", long).await.unwrap().is_none());
    assert!(first.land().await.unwrap());

    let short = Duration::from_millis(1);
    let late = throttle.take_off("roll-up", short).await.unwrap().unwrap();
    let next = wait::until(Duration::from_mins(1), "a flight to run out", || async {
        throttle.take_off("roll-up", long).await.unwrap()
    })
    .await;
    assert!(
        !late.land().await.unwrap(),
        "it ended the next one's flight"
    );
    assert!(throttle.take_off("roll-up", long).await.unwrap().is_none());
    assert!(next.land().await.unwrap());
}

fn one(key: &str, gap_ms: u64, count: u32) -> [Wanted; 1] {
    [Wanted {
        key: key.to_owned(),
        gap: Duration::from_millis(gap_ms),
        count,
    }]
}

/// Asks until places are granted; how long until the first, counted from the first question, and
/// the distance to the next.
async fn granted_place(throttle: &Throttle, wanted: &[Wanted]) -> (Duration, Duration) {
    let began = std::time::Instant::now();
    wait::until(Duration::from_mins(1), "a place", || async {
        match throttle.places(wanted).await.ok()?.first()? {
            Turn::Granted { wait, gap } => Some((began.elapsed() + *wait, *gap)),
            Turn::Later { .. } => None,
        }
    })
    .await
}

#[tokio::test]
async fn places_in_a_line_keep_their_distance_whoever_asks() {
    let cache = Cache::start().await.unwrap();
    let left = Throttle::new(&cache.url()).unwrap();
    let right = Throttle::new(&cache.url()).unwrap();
    granted_place(&left, &one("warm-up", 1, 1)).await;
    let mut places = Vec::new();
    let began = std::time::Instant::now();
    for throttle in [&left, &right, &left, &right] {
        places.push(began.elapsed());
        let last = places.len() - 1;
        places[last] += granted_place(throttle, &one("a", 100, 1)).await.0;
    }
    for pair in places.windows(2) {
        let apart = pair[1].saturating_sub(pair[0]);
        // What a question takes is part of what is measured.
        assert!(apart >= Duration::from_millis(80), "{places:?}");
    }
    granted_place(&left, &one("b", 100, 30)).await;
    let ahead = right.places(&one("b", 100, 1)).await.unwrap();
    assert!(
        matches!(ahead[0], Turn::Later { wait } if wait > Duration::from_secs(2)),
        "three seconds of places are taken: {ahead:?}"
    );
}

#[tokio::test]
async fn the_widest_gap_that_anyone_agreed_on_counts_for_all() {
    let cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    granted_place(&throttle, &one("a", 200, 1)).await;
    let (_, gap) = granted_place(&throttle, &one("a", 1, 1)).await;
    assert_eq!(gap, Duration::from_millis(200));
}

#[tokio::test]
async fn a_server_that_lost_its_memory_waits_until_old_places_are_over() {
    let mut cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    granted_place(&throttle, &one("a", 1, 1)).await;
    cache.kill().await.unwrap();
    assert!(throttle.places(&one("a", 1, 1)).await.is_err());
    cache.restart().await.unwrap();
    let (waited, _) = granted_place(&throttle, &one("a", 1, 1)).await;
    assert!(waited > Duration::from_millis(1_500), "{waited:?}");
}

#[tokio::test]
async fn a_held_line_hands_out_nothing_until_the_hold_is_over() {
    let cache = Cache::start().await.unwrap();
    let throttle = Throttle::new(&cache.url()).unwrap();
    granted_place(&throttle, &one("a", 1, 1)).await;
    throttle.hold("a", Duration::from_secs(30)).await.unwrap();
    granted_place(&throttle, &one("b", 1, 1)).await;
    let said = throttle.places(&one("a", 1, 1)).await.unwrap();
    assert!(
        matches!(said[0], Turn::Later { wait } if wait > Duration::from_secs(20)),
        "{said:?}"
    );
}
