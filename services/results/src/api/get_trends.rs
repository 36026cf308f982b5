//! How it goes over time, from what is added up day by day.

use std::collections::{BTreeMap, BTreeSet};

use time::{Date, Duration, OffsetDateTime, macros::format_description};
use wt_auth::may;
use wt_model::{AssetId, Permission, Principal, Severity};
use wt_proto::{convert::to_timestamp, results};

use super::Api;
use crate::{
    domain::trend::{AGES_FROM, DAYS, DAYS_MAX, Day, Moved, days, fold},
    error::ResultsFault,
    store::{
        self,
        trend::{DayRow, Of},
    },
    wire,
};

/// Longer than any check's id (contracts §5).
const CHECK_ID_BYTES_MAX: usize = 200;
/// Most assets looked at together: as many as the registry names of one tag.
const ASSETS_MAX: usize = 10_000;

pub(super) async fn get_trends(
    api: &Api,
    principal: &Principal,
    request: results::GetTrendsRequest,
) -> Result<results::GetTrendsResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let now = OffsetDateTime::now_utc();
    let to = day("to", &request.to)?.unwrap_or_else(|| now.date());
    let usual = i64::try_from(DAYS).unwrap_or_default() - 1;
    let from =
        day("from", &request.from)?.unwrap_or_else(|| to.saturating_sub(Duration::days(usual)));
    if days(from, to).is_none() {
        let reason = format!("at most {DAYS_MAX} days, the first first");
        return Err(ResultsFault::field("from", reason));
    }
    let of = about(request)?;
    let mut tx = api.pool.begin_read(principal, "get_trends").await?;
    // Asked first: days that are added up meanwhile may be read, and are never said to be there
    // when they are not.
    let current = store::trend::is_current(&mut tx).await?;
    let kept_since = store::retention::kept_since(&mut tx).await?;
    // Days that are not kept are one sum, which the first one that is begins with.
    let from = kept_since.map_or(from, |since| from.max(since.date()));
    let asked = days(from, to).unwrap_or_default();
    let rows = store::trend::list_days(&mut tx, &of, from, to).await?;
    let looks = store::trend::list_looks(&mut tx, &of, from, to).await?;
    let (terms, _) = store::sla::get(&mut tx).await?.unwrap_or_default();
    let live = store::trend_now::count(&mut tx, &of, &terms, now).await?;
    tx.commit().await?;
    let (before, moved) = sorted(rows)?;
    let looked: BTreeSet<Date> = looks.into_iter().collect();
    let trend = fold(&asked, &before, &moved, &looked);
    let sums = trend
        .iter()
        .fold(Moved::default(), |sum, day| sum.and(day.moved));
    let mut answer = results::GetTrendsResponse {
        days: trend.into_iter().map(shown).collect::<Result<_, _>>()?,
        sums: Some(results::TrendSums {
            appeared: count(sums.appeared),
            fixed: count(sums.fixed),
            fixed_late: count(sums.fixed_late),
            mean_time_to_fix_s: sums.mean_time_to_fix_s(),
        }),
        ages: ages(),
        current,
        kept_since: kept_since.map(to_timestamp),
        ..Default::default()
    };
    for (word, rows) in live.clocks.into_iter().filter(|(_, rows)| *rows > 0) {
        *answer.by_sla.entry(word).or_default() += count(rows);
    }
    for (bucket, rows) in live.ages {
        let bucket = usize::try_from(bucket).ok();
        if let Some(bucket) = bucket.and_then(|at| answer.ages.get_mut(at)) {
            bucket.open += count(rows);
        }
    }
    Ok(answer)
}

/// What the trend is asked of: of the three ways to narrow it at most one.
fn about(request: results::GetTrendsRequest) -> Result<Of, ResultsFault> {
    let asset = wire::optional::<AssetId>("asset_id", &request.asset_id)?;
    if request.check_id.len() > CHECK_ID_BYTES_MAX {
        let reason = format!("at most {CHECK_ID_BYTES_MAX} bytes");
        return Err(ResultsFault::field("check_id", reason));
    }
    let check = Some(request.check_id).filter(|id| !id.is_empty());
    match (asset, request.assets, check) {
        (None, None, None) => Ok(Of::All),
        (Some(id), None, None) => Ok(Of::Assets(vec![id.to_string()])),
        (None, Some(some), None) => together(&some.ids).map(Of::Assets),
        (None, None, Some(id)) => Ok(Of::Check(id)),
        (_, _, Some(_)) => Err(ResultsFault::field("check_id", "leave out the assets")),
        (Some(_), Some(_), None) => Err(ResultsFault::field("assets", "leave out asset_id")),
    }
}

fn together(ids: &[String]) -> Result<Vec<String>, ResultsFault> {
    if ids.len() > ASSETS_MAX {
        return Err(ResultsFault::field(
            "assets",
            format!("at most {ASSETS_MAX}"),
        ));
    }
    ids.iter()
        .map(|id| wire::word::<AssetId>("assets", id).map(|id| id.to_string()))
        .collect()
}

fn day(field: &str, text: &str) -> Result<Option<Date>, ResultsFault> {
    if text.is_empty() {
        return Ok(None);
    }
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(Some)
        .map_err(|_| ResultsFault::field(field, "expected a day such as 2026-11-01"))
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}

/// What was live before the first day, and what moved on which.
type Sorted = (BTreeMap<Severity, i64>, BTreeMap<(Date, Severity), Moved>);

fn sorted(rows: Vec<DayRow>) -> Result<Sorted, ResultsFault> {
    let (mut before, mut moved) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let severity = Severity::ALL
            .iter()
            .find(|severity| severity.rank() == row.severity_rank)
            .ok_or_else(|| ResultsFault::inconsistent("results.trend_days", "no such rank"))?;
        let Some(day) = row.day else {
            before.insert(*severity, row.delta);
            continue;
        };
        let of_day = Moved {
            delta: row.delta,
            appeared: row.appeared,
            fixed: row.fixed,
            fix_s: row.fix_s,
            fixed_late: row.fixed_late,
        };
        moved.insert((day, *severity), of_day);
    }
    Ok((before, moved))
}

fn shown(day: Day) -> Result<results::TrendDay, ResultsFault> {
    let text = day
        .date
        .format(format_description!("[year]-[month]-[day]"))
        .map_err(|error| ResultsFault::inconsistent("a day", error))?;
    Ok(results::TrendDay {
        day: text,
        open: day
            .open
            .into_iter()
            .map(|(severity, n)| (severity.to_string(), n))
            .collect(),
        appeared: count(day.moved.appeared),
        fixed: count(day.moved.fixed),
        fixed_late: count(day.moved.fixed_late),
        looked: day.looked,
    })
}

/// The buckets, empty.
fn ages() -> Vec<results::AgeBucket> {
    let ends = AGES_FROM.iter().skip(1).map(|from| Some(*from));
    AGES_FROM
        .iter()
        .zip(ends.chain([None]))
        .map(|(from_days, to_days)| results::AgeBucket {
            from_days: *from_days,
            to_days,
            open: 0,
        })
        .collect()
}
