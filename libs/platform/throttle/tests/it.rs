//! Budgets against a real Redis.

use std::time::Duration;

use wt_testkit::{Cache, wait};
use wt_throttle::{Budget, Throttle, ThrottleFault, Verdict};

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
        Duration::from_secs(20),
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
