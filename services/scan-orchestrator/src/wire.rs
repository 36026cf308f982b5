//! Between this service's rows and `watchtower.scan.v1`.

use wt_proto::{convert::to_timestamp, scan};

use crate::{
    error::ScanFault,
    store::{job::JobRow, run::RunRow, transition::TransitionRow},
};

/// Reads an optional word, empty meaning none.
pub(crate) fn optional<T>(field: &str, text: &str) -> Result<Option<T>, ScanFault>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        Ok(None)
    } else {
        word(field, text).map(Some)
    }
}

/// Reads a word or identifier, naming the field when it is none.
pub(crate) fn word<T>(field: &str, text: &str) -> Result<T, ScanFault>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| ScanFault::field(field, error))
}

/// What could not be scanned, as `scan.runs.refused` keeps it.
pub(crate) fn refused_to_json(refused: &[scan::RefusedTarget]) -> serde_json::Value {
    refused
        .iter()
        .map(|one| {
            serde_json::json!({
                "asset_id": one.asset_id, "code": one.code, "reason": one.reason,
            })
        })
        .collect()
}

/// Reads what [`refused_to_json`] wrote; a member that is missing is empty.
pub(crate) fn refused_from_json(kept: &serde_json::Value) -> Vec<scan::RefusedTarget> {
    let text = |one: &serde_json::Value, name: &str| {
        let member = one.get(name).and_then(serde_json::Value::as_str);
        member.unwrap_or_default().to_owned()
    };
    kept.as_array()
        .into_iter()
        .flatten()
        .map(|one| scan::RefusedTarget {
            asset_id: text(one, "asset_id"),
            code: text(one, "code"),
            reason: text(one, "reason"),
        })
        .collect()
}

impl From<RunRow> for scan::Run {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            profile: row.profile,
            policy: row.policy,
            state: row.state,
            reason: row.reason,
            asset_ids: row.asset_ids,
            seq: row.seq,
            created_at: Some(to_timestamp(row.created_at)),
            started_at: row.started_at.map(to_timestamp),
            finished_at: row.finished_at.map(to_timestamp),
            jobs_total: u32::try_from(row.jobs_total).unwrap_or_default(),
            jobs_done: u32::try_from(row.jobs_done).unwrap_or_default(),
            jobs_failed: u32::try_from(row.jobs_failed).unwrap_or_default(),
            cells_planned: u64::try_from(row.cells_planned).unwrap_or_default(),
            cells_settled: u64::try_from(row.cells_settled).unwrap_or_default(),
            pool: row.pool,
            pool_name: row.pool_name,
            notice: String::new(),
            repeats: None,
            repeated_by: Vec::new(),
            schedule: None,
            requested_by: row.requested_by,
            exposure_keys: row.exposure_keys,
            deadline_at: Some(to_timestamp(row.deadline_at)),
        }
    }
}

impl From<JobRow> for scan::JobStatus {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            run_id: row.run_id,
            state: row.state,
            attempt: u32::try_from(row.attempt).unwrap_or_default(),
            worker_id: row.worker_id,
            reason: row.reason,
            cells_planned: u64::try_from(row.cells_planned).unwrap_or_default(),
            cells_settled: u64::try_from(row.cells_settled).unwrap_or_default(),
            hosts: u32::try_from(row.hosts).unwrap_or_default(),
            asset_ids: row.asset_ids,
            created_at: Some(to_timestamp(row.created_at)),
            started_at: row.started_at.map(to_timestamp),
            finished_at: row.finished_at.map(to_timestamp),
        }
    }
}

impl From<TransitionRow> for scan::Transition {
    fn from(row: TransitionRow) -> Self {
        Self {
            job_id: row.job_id,
            from_state: row.from_state,
            to_state: row.to_state,
            cause: row.cause,
            at: Some(to_timestamp(row.at)),
        }
    }
}
