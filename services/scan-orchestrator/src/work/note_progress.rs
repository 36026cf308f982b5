//! Notes which workers are alive and how far they are: for the lease and for people, never
//! truth. Gathered and written once a period, whatever the workers say.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_bus::{Bus, BusFault, open_envelope};
use wt_lifecycle::Life;
use wt_model::{Principal, TenantKey};
use wt_pg::Pool;
use wt_proto::{Message, event, stream};

use crate::{
    NAME,
    error::ScanFault,
    store::{self, silence::Checkpoints},
};

/// Most jobs remembered between two writes; more are heard of again.
const JOBS_MAX: usize = 10_000;

/// What was last heard of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Last {
    attempt: i32,
    cells: i64,
    /// Newest checkpoint: cells that are settled in it, and its artifact.
    checkpoint: (i64, String),
}

type Heard = BTreeMap<TenantKey, BTreeMap<String, Last>>;

/// Starts listening and writing.
pub(super) fn start(bus: &Bus, life: &Life, pool: Pool, period: Duration) {
    let (bus, stopping) = (bus.clone(), life.stopping());
    life.spawn("note-progress", async move {
        let [subject] = stream::SCAN_PROGRESS.subjects else {
            return Ok(());
        };
        let mut news = bus.subscribe(subject).await?;
        let mut timer = interval(period);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Heard::new();
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok::<(), BusFault>(()),
                said = news.next() => match said {
                    Some((_, bytes)) => hear(&mut heard, &bytes),
                    None => return Ok(()),
                },
                _ = timer.tick() => {
                    for (tenant, jobs) in std::mem::take(&mut heard) {
                        if let Err(fault) = write(&pool, tenant, jobs).await {
                            tracing::warn!(error = %wt_fault::chain(&fault), "progress not noted");
                        }
                    }
                }
            }
        }
    });
}

fn hear(heard: &mut Heard, bytes: &[u8]) {
    let Ok((envelope, tenant, _)) = open_envelope(bytes) else {
        return;
    };
    let Ok(progress) = event::ScanProgress::decode(envelope.payload.as_slice()) else {
        return;
    };
    let jobs = heard.entry(tenant).or_default();
    if jobs.len() < JOBS_MAX {
        let attempt = i32::try_from(progress.attempt).unwrap_or_default();
        let number = |cells: u64| i64::try_from(cells).unwrap_or_default();
        let last = jobs.entry(progress.job_id).or_default();
        // An old attempt that is still heard of must not hide the newest one's heartbeat.
        if attempt > last.attempt {
            *last = Last::default();
        }
        if attempt >= last.attempt {
            last.attempt = attempt;
            last.cells = last.cells.max(number(progress.cells_settled));
            let checkpoint = (number(progress.checkpoint_cells), progress.checkpoint);
            if checkpoint.0 > last.checkpoint.0 {
                last.checkpoint = checkpoint;
            }
        }
    }
}

async fn write(
    pool: &Pool,
    tenant: TenantKey,
    jobs: BTreeMap<String, Last>,
) -> Result<(), ScanFault> {
    let principal = Principal::service(NAME, tenant);
    let mut ids = Vec::with_capacity(jobs.len());
    let (mut attempts, mut cells) = (Vec::new(), Vec::new());
    let mut kept = Checkpoints::default();
    for (id, last) in jobs {
        let (settled, key) = last.checkpoint;
        if !key.is_empty() {
            kept.ids.push(id.clone());
            kept.attempts.push(last.attempt);
            kept.cells.push(settled);
            kept.keys.push(key);
        }
        ids.push(id);
        attempts.push(last.attempt);
        cells.push(last.cells);
    }
    let mut tx = pool.begin(&principal, "note_progress").await?;
    store::silence::note_progress(&mut tx, &ids, &attempts, &cells).await?;
    if !kept.ids.is_empty() {
        store::silence::note_checkpoints(&mut tx, &kept).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;
    use wt_bus::envelope_for;
    use wt_model::{Principal, TenantKey};
    use wt_proto::{Message, event};

    use super::{Heard, Last, hear};

    #[test]
    fn an_old_attempt_does_not_overwrite_the_newest() {
        let tenant = TenantKey::from_ulid(Ulid::generate());
        let principal = Principal::service("scan-worker", tenant);
        let mut heard = Heard::new();
        for (attempt, cells_settled, kept) in [
            (2, 10, "a"),
            (1, 90, "b"),
            (2, 20, "c"),
            (2, 15, ""),
            (1, 95, "d"),
        ] {
            let progress = event::ScanProgress {
                job_id: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                attempt,
                cells_settled,
                checkpoint: kept.to_owned(),
                checkpoint_cells: if kept.is_empty() { 0 } else { cells_settled },
                ..Default::default()
            };
            let envelope = envelope_for("scan-worker", tenant, &principal, &progress);
            hear(&mut heard, &envelope.encode_to_vec());
        }
        let jobs: Vec<_> = heard.values().flat_map(|jobs| jobs.values()).collect();
        let newest = Last {
            attempt: 2,
            cells: 20,
            checkpoint: (20, "c".to_owned()),
        };
        assert_eq!(jobs, [&newest]);
    }
}
