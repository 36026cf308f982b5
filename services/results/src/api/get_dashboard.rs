//! Counts for the first screen, how urgent things are, and what to do next.

use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{Permission, Principal, Severity};
use wt_proto::{convert::from_timestamp, results};
use wt_risk::{Score, Total};

use super::{Api, get_retention::check_kept};
use crate::{
    error::ResultsFault,
    store::{self, dashboard::Count, number},
    wire,
};

/// What to do next: as many as one looks at without scrolling.
const NEXT: i64 = 5;

pub(super) async fn get_dashboard(
    api: &Api,
    principal: &Principal,
    request: results::GetDashboardRequest,
) -> Result<results::GetDashboardResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    if let Some(at) = from_timestamp(request.as_of.as_ref()) {
        return then(api, principal, at).await;
    }
    let since = from_timestamp(request.since.as_ref()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut tx = api.pool.begin_read(principal, "get_dashboard").await?;
    let now = OffsetDateTime::now_utc();
    let (terms, _) = store::sla::get(&mut tx).await?.unwrap_or_default();
    let counts = store::dashboard::count_exposures(&mut tx, now).await?;
    let clocks = store::dashboard::count_clocks(&mut tx, &terms, now).await?;
    let events = store::dashboard::count_events(&mut tx, since).await?;
    let next = store::risk::list_next(&mut tx, NEXT).await?;
    let mut next = store::exposure_page::list_by_keys(&mut tx, &next).await?;
    tx.commit().await?;
    next.sort_by(|a, b| (b.score, b.first_seen, &b.key).cmp(&(a.score, a.first_seen, &a.key)));
    let mut answer = results::GetDashboardResponse {
        next: next
            .into_iter()
            .map(|row| wire::exposure(row, now))
            .collect(),
        ..Default::default()
    };
    for (word, rows) in events {
        let rows = u64::try_from(rows).unwrap_or_default();
        answer.events_since.insert(word, rows);
    }
    for (word, rows) in clocks {
        let rows = u64::try_from(rows).unwrap_or_default();
        if rows > 0 {
            answer.by_sla.insert(word, rows);
        }
    }
    count(&mut answer, counts)?;
    Ok(answer)
}

/// What was known at a moment that is past.
async fn then(
    api: &Api,
    principal: &Principal,
    at: OffsetDateTime,
) -> Result<results::GetDashboardResponse, ResultsFault> {
    let mut tx = api.pool.begin_read(principal, "get_dashboard_then").await?;
    check_kept(&mut tx, at).await?;
    let counts = store::as_of::count(&mut tx, at).await?;
    tx.commit().await?;
    let mut answer = results::GetDashboardResponse::default();
    for count in counts {
        let rows = u64::try_from(count.rows).unwrap_or_default();
        if matches!(count.state.as_str(), "open" | "unresponsive") {
            *answer.by_severity.entry(count.severity).or_default() += rows;
        }
        *answer.by_state.entry(count.state).or_default() += rows;
    }
    Ok(answer)
}

fn count(
    answer: &mut results::GetDashboardResponse,
    counts: Vec<Count>,
) -> Result<(), ResultsFault> {
    let mut total = Total::default();
    for count in counts {
        let rows = u64::try_from(count.rows).unwrap_or_default();
        if rows == 0 {
            continue;
        }
        if matches!(count.state.as_str(), "open" | "unresponsive") {
            let severity = severity(count.severity_rank)?;
            *answer.by_severity.entry(severity).or_default() += rows;
            if !count.set_aside {
                let score: u8 = number("results.exposures.score", count.score)?;
                total.add(Score::from(score), rows);
            }
        }
        *answer.by_state.entry(count.state).or_default() += rows;
    }
    answer.score = u32::from(total.score().value());
    Ok(())
}

fn severity(rank: i16) -> Result<String, ResultsFault> {
    let severity = Severity::ALL.iter().find(|word| word.rank() == rank);
    severity.map(ToString::to_string).ok_or_else(|| {
        let place = format!("results.exposure_tallies.severity_rank = {rank}");
        ResultsFault::inconsistent(place, "no severity")
    })
}
