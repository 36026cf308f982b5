//! Notes which private pools have workers: for people, and for what a waiting run says. Gathered
//! and written once a period, whatever the workers say.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_bus::{Bus, BusFault};
use wt_lifecycle::Life;
use wt_pg::Pool;
use wt_proto::{
    Message, scan,
    subject::{SCAN_ALIVE_ALL, pool_of_scan_alive},
};

use crate::{error::ScanFault, store};

/// Most workers remembered between two writes; more are heard of again.
const WORKERS_MAX: usize = 10_000;
/// Longest name of a worker that is kept.
const WORKER_BYTES_MAX: usize = 64;

type Heard = BTreeSet<(String, String)>;

/// Starts listening and writing.
pub(super) fn start(bus: &Bus, life: &Life, pool: Pool, period: Duration) {
    let (bus, stopping) = (bus.clone(), life.stopping());
    life.spawn("note-workers", async move {
        let mut news = bus.subscribe(SCAN_ALIVE_ALL).await?;
        let mut timer = interval(period);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Heard::new();
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok::<(), BusFault>(()),
                said = news.next() => match said {
                    Some((subject, bytes)) => hear(&mut heard, &subject, &bytes),
                    None => return Ok(()),
                },
                _ = timer.tick() => {
                    if let Err(fault) = write(&pool, std::mem::take(&mut heard)).await {
                        tracing::warn!(error = %wt_fault::chain(&fault), "workers not noted");
                    }
                }
            }
        }
    });
}

fn hear(heard: &mut Heard, subject: &str, bytes: &[u8]) {
    // The subject is what the broker let this worker say; the message may claim anything.
    let Some(pool) = pool_of_scan_alive(subject) else {
        return;
    };
    let Ok(said) = scan::WorkerAlive::decode(bytes) else {
        return;
    };
    let is_name = said.worker_id.chars().all(|c| c.is_ascii_graphic());
    if is_name
        && (1..=WORKER_BYTES_MAX).contains(&said.worker_id.len())
        && heard.len() < WORKERS_MAX
    {
        heard.insert((pool.to_string(), said.worker_id));
    }
}

async fn write(pool: &Pool, heard: Heard) -> Result<(), ScanFault> {
    if heard.is_empty() {
        return Ok(());
    }
    let (pools, workers): (Vec<String>, Vec<String>) = heard.into_iter().unzip();
    let mut tx = pool.begin_platform("note_workers").await?;
    store::pool::note_workers(&mut tx, &pools, &workers).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use wt_proto::{Message, scan};

    use super::{Heard, hear};

    #[test]
    fn only_plain_names_on_a_pools_own_subject_are_kept() {
        let said = |worker: &str| {
            let alive = scan::WorkerAlive {
                worker_id: worker.to_owned(),
            };
            alive.encode_to_vec()
        };
        let own = "scan.alive.pol_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let mut heard = Heard::new();
        hear(&mut heard, "scan.alive.shared", &said("wrk_1"));
        hear(&mut heard, own, &said(""));
        hear(&mut heard, own, &said("two\nlines"));
        hear(&mut heard, own, &said(&"x".repeat(65)));
        hear(&mut heard, own, &[0xff]);
        assert!(heard.is_empty(), "{heard:?}");
        hear(&mut heard, own, &said("wrk_1"));
        hear(&mut heard, own, &said("wrk_1"));
        assert_eq!(heard.len(), 1);
    }
}
