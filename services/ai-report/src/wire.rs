//! From answers of other services to what a report may speak of; a bad field names itself.

use std::str::FromStr;

use time::{OffsetDateTime, macros::format_description};
use wt_model::{RunId, RunState};
use wt_proto::{convert::from_timestamp, results, scan};

use crate::{
    domain::{
        facts::{Event, Facts, Open, Run, Subject},
        standing::{self, Change},
    },
    error::ReportFault,
};

/// An exposure of a report on exposures.
pub(crate) fn standing_open(exposure: results::Exposure) -> Result<standing::Open, ReportFault> {
    let first_seen = from_timestamp(exposure.first_seen.as_ref()).ok_or_else(|| {
        let place = format!("results.v1.Exposure.first_seen of {}", exposure.key);
        ReportFault::inconsistent(place, "is not set")
    })?;
    let due = from_timestamp(exposure.due_at.as_ref());
    let (score, kev) = (exposure.score, exposure.kev);
    let (sla, decision) = (exposure.sla.clone(), exposure.decision.clone());
    let Open { exposure, state } = open(exposure)?;
    Ok(standing::Open {
        exposure,
        state,
        score,
        kev,
        first_seen,
        sla,
        due,
        decision,
    })
}

/// A change of a report on exposures.
pub(crate) fn change(happened: results::ExposureEvent) -> Result<Change, ReportFault> {
    let at = from_timestamp(happened.at.as_ref()).ok_or_else(|| {
        let place = format!("results.v1.ExposureEvent.at of {}", happened.id);
        ReportFault::inconsistent(place, "is not set")
    })?;
    let Event { exposure, kind, .. } = event(happened)?;
    Ok(Change { exposure, kind, at })
}

/// Everything known about one run.
pub(crate) fn facts(
    run: scan::Run,
    summary: results::GetRunSummaryResponse,
) -> Result<Facts, ReportFault> {
    let results::GetRunSummaryResponse {
        events,
        exposures,
        remediation,
        cells_present,
        cells_absent,
        cells_inconclusive,
        scope_denials,
        ..
    } = summary;
    Ok(Facts {
        run: run_facts(run)?,
        events: events.into_iter().map(event).collect::<Result<_, _>>()?,
        open: exposures.into_iter().map(open).collect::<Result<_, _>>()?,
        remediation: remediation.into_iter().collect(),
        cells: (cells_present, cells_absent, cells_inconclusive),
        scope_denials,
    })
}

/// The state of a run, as the orchestrator tells it.
pub(crate) fn run_state(run: &scan::Run) -> Result<RunState, ReportFault> {
    word("scan.v1.Run.state", &run.id, &run.state)
}

fn run_facts(run: scan::Run) -> Result<Run, ReportFault> {
    let id: RunId = word("scan.v1.Run.id", &run.id, &run.id)?;
    let finished = from_timestamp(run.finished_at.as_ref()).ok_or_else(|| {
        ReportFault::inconsistent(format!("scan.v1.Run.finished_at of {id}"), "is not set")
    })?;
    Ok(Run {
        kind: word("scan.v1.Run.kind", &run.id, &run.kind)?,
        state: run_state(&run)?,
        id: run.id,
        profile: run.profile,
        finished: minute(finished)?,
        assets: run.asset_ids.len(),
        jobs: (run.jobs_total, run.jobs_failed),
    })
}

/// To the minute in UTC: a report is read by people, and its bytes must not depend on a time zone.
fn minute(at: OffsetDateTime) -> Result<String, ReportFault> {
    at.to_offset(time::UtcOffset::UTC)
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute] UTC"
        ))
        .map_err(|error| ReportFault::inconsistent("scan.v1.Run.finished_at", error))
}

fn event(event: results::ExposureEvent) -> Result<Event, ReportFault> {
    Ok(Event {
        kind: word("results.v1.ExposureEvent.type", &event.id, &event.r#type)?,
        exposure: Subject {
            severity: word(
                "results.v1.ExposureEvent.severity",
                &event.id,
                &event.severity,
            )?,
            key: event.key,
            title: event.title,
            check_id: event.check_id,
            host: event.host,
            port: event.port,
        },
        reason: event.reason,
        fields: event
            .changed_fields
            .into_iter()
            .map(|field| field.name)
            .collect(),
    })
}

fn open(exposure: results::Exposure) -> Result<Open, ReportFault> {
    Ok(Open {
        state: word("results.v1.Exposure.state", &exposure.key, &exposure.state)?,
        exposure: Subject {
            severity: word(
                "results.v1.Exposure.severity",
                &exposure.key,
                &exposure.severity,
            )?,
            key: exposure.key,
            title: exposure.title,
            check_id: exposure.check_id,
            host: exposure.host,
            port: exposure.port,
        },
    })
}

fn word<T>(field: &str, id: &str, text: &str) -> Result<T, ReportFault>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse()
        .map_err(|error: T::Err| ReportFault::inconsistent(format!("{field} of {id}"), error))
}
