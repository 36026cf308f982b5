//! Reconcilers: no input, idempotent, woken by a timer.

pub(crate) mod fold_tallies;
pub(crate) mod index_texts;
pub(crate) mod make_months;
pub(crate) mod page_names;
pub(crate) mod prune_history;
pub(crate) mod roll_up_trends;

use std::time::Duration;

use wt_lifecycle::Life;
use wt_pg::Pool;

pub(crate) use self::prune_history::Keeper;

/// How late a trend may know of an event. No result waits for it.
const ROLL_UP_PERIOD: Duration = Duration::from_secs(2);
/// How soon a month that events wait for is made. Months are made two ahead, so this only matters
/// to results of a clock that is months ahead.
const MONTHS_PERIOD: Duration = Duration::from_hours(1);
/// How often alike tallies become one: a result adds a few hundred rows at most, and adding up
/// thousands takes a millisecond.
const FOLD_PERIOD: Duration = Duration::from_mins(5);

/// How long a word that was just seen may not be found; asking costs a row for each organization.
const INDEX_PERIOD: Duration = Duration::from_secs(5);

/// How long the names of new hosts are looked at one by one: of some thousands that takes milliseconds.
const PAGE_PERIOD: Duration = Duration::from_mins(1);

/// Starts every reconciler.
pub(crate) fn start(pool: &Pool, life: &Life, keeper: &Keeper, retention_every: Duration) {
    let of = pool.clone();
    life.every("roll-up-trends", ROLL_UP_PERIOD, move || {
        let pool = of.clone();
        async move { roll_up_trends::step(&pool).await.map(|_| ()) }
    });
    let of = pool.clone();
    life.every("make-months", MONTHS_PERIOD, move || {
        let pool = of.clone();
        async move { make_months::step(&pool).await.map(|_| ()) }
    });
    let of = pool.clone();
    life.every("fold-tallies", FOLD_PERIOD, move || {
        let pool = of.clone();
        async move { fold_tallies::step(&pool).await.map(|_| ()) }
    });
    let of = pool.clone();
    life.every("index-texts", INDEX_PERIOD, move || {
        let pool = of.clone();
        async move { index_texts::step(&pool).await.map(|_| ()) }
    });
    let of = pool.clone();
    life.every("page-names", PAGE_PERIOD, move || {
        let pool = of.clone();
        async move { page_names::step(&pool).await.map(|_| ()) }
    });
    let keeper = keeper.clone();
    life.every("prune-history", retention_every, move || {
        let keeper = keeper.clone();
        async move { prune_history::step(&keeper).await }
    });
}
