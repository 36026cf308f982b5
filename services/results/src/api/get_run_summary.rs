//! For notify and ai-report: everything one run led to, and what stays open where it looked.

use std::collections::{BTreeSet, HashMap};

use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{Permission, Principal, RunId};
use wt_proto::results;

use super::Api;
use crate::{error::ResultsFault, store, wire};

/// Most events and exposures of one summary: nobody reads more in a mail or report.
const ROWS_MAX: i64 = 1_000;

pub(super) async fn get_run_summary(
    api: &Api,
    principal: &Principal,
    request: results::GetRunSummaryRequest,
) -> Result<results::GetRunSummaryResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let run = wire::word::<RunId>("run_id", &request.run_id)?.to_string();
    let mut tx = api.pool.begin_read(principal, "get_run_summary").await?;
    let events = store::event::list_by_run(&mut tx, &run, ROWS_MAX).await?;
    let by_type = store::dashboard::count_by_run(&mut tx, &run).await?;
    let keys = store::coverage::list_open_by_run(&mut tx, &run, ROWS_MAX).await?;
    let exposures = store::exposure_page::list_by_keys(&mut tx, &keys).await?;
    let cells = store::applied::sum_by_run(&mut tx, &run).await?;
    let flapping = store::flap::list_by_run(&mut tx, &run).await?;
    let named: BTreeSet<String> = events
        .iter()
        .map(|event| event.check_id.clone())
        .chain(exposures.iter().map(|row| row.check_id.clone()))
        .collect();
    let named: Vec<String> = named.into_iter().collect();
    let checks = store::check::list_by_ids(&mut tx, &named).await?;
    tx.commit().await?;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let mut open_by_severity: HashMap<String, u64> = HashMap::new();
    for row in &exposures {
        *open_by_severity.entry(row.severity.clone()).or_default() += 1;
    }
    let now = OffsetDateTime::now_utc();
    let events = events
        .into_iter()
        .map(|row| {
            let event = wire::event(row)?;
            let flapping = flapping.contains(&event.id);
            Ok(results::ExposureEvent { flapping, ..event })
        })
        .collect::<Result<_, ResultsFault>>()?;
    Ok(results::GetRunSummaryResponse {
        events,
        events_by_type: by_type
            .into_iter()
            .map(|(word, n)| (word, count(n)))
            .collect(),
        exposures: exposures
            .into_iter()
            .map(|row| wire::exposure(row, now))
            .collect(),
        open_by_severity: open_by_severity.into_iter().collect(),
        cells_present: count(cells.present),
        cells_absent: count(cells.absent),
        cells_inconclusive: count(cells.inconclusive),
        scope_denials: count(cells.denials),
        remediation: checks
            .into_iter()
            .map(|row| (row.check_id, row.remediation))
            .collect(),
    })
}
