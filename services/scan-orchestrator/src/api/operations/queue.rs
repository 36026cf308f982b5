//! How far everybody is behind: consumers as the broker counts them, jobs as the database does.

use std::collections::BTreeMap;

use wt_bus::Backlog;
use wt_model::Principal;
use wt_proto::{convert::to_timestamp, scan, subject::dead_letter};

use super::{Operations, staff};
use crate::{
    error::ScanFault,
    store::{
        self,
        operations::{QueueRow, WorkerRow},
    },
};

/// Most organizations, and most workers, of one answer.
const ROWS_MAX: i32 = 100;

pub(super) async fn get_queue(
    operations: &Operations,
    principal: &Principal,
) -> Result<scan::GetQueueResponse, ScanFault> {
    staff(principal)?;
    let letters: BTreeMap<String, u64> = operations
        .bus
        .dead_letter_counts()
        .await?
        .into_iter()
        .collect();
    let backlogs = operations.bus.backlogs().await?;
    let mut tx = operations.pool.begin_platform("read_queue").await?;
    let organizations = store::operations::queue(&mut tx, ROWS_MAX).await?;
    let workers = store::operations::workers(&mut tx, ROWS_MAX).await?;
    let stuck = store::operations::count_stuck(&mut tx).await?;
    tx.commit().await?;
    Ok(scan::GetQueueResponse {
        dead_letters: letters.values().sum(),
        consumers: backlogs
            .into_iter()
            .map(|backlog| shown(backlog, &letters))
            .collect(),
        workers: workers.into_iter().map(worker).collect(),
        organizations: organizations.into_iter().map(organization).collect(),
        stuck_runs: count(stuck),
    })
}

fn shown(backlog: Backlog, letters: &BTreeMap<String, u64>) -> scan::ConsumerBacklog {
    let kept = dead_letter(&backlog.stream, &backlog.consumer);
    scan::ConsumerBacklog {
        dead_letters: letters.get(&kept).copied().unwrap_or_default(),
        stream: backlog.stream,
        consumer: backlog.consumer,
        subjects: backlog.subjects,
        is_there: backlog.is_there,
        waiting: backlog.waiting,
        in_progress: backlog.in_progress,
        redelivered: backlog.redelivered,
        listening: backlog.listening,
        oldest_at: backlog.oldest_at.map(to_timestamp),
        last_given_at: backlog.last_given_at.map(to_timestamp),
    }
}

fn worker(row: WorkerRow) -> scan::WorkerSeen {
    scan::WorkerSeen {
        worker_id: row.worker_id,
        pool: row.pool,
        jobs: count(row.jobs),
        heard_at: row.heard_at.map(to_timestamp),
    }
}

fn organization(row: QueueRow) -> scan::OrganizationQueue {
    scan::OrganizationQueue {
        tenant_key: row.tenant_key,
        waiting: count(row.waiting),
        running: count(row.running),
        processing: count(row.processing),
        oldest_waiting_at: row.oldest_waiting_at.map(to_timestamp),
    }
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}
