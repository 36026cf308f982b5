//! Cancellation: a plain subscription reaches every worker at once.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wt_bus::{Bus, BusFault};
use wt_lifecycle::Life;
use wt_model::{JobId, Pool, RunId, TenantKey};
use wt_proto::{Message, scan, subject::scan_cancel_all};

/// One job under way.
#[derive(Debug)]
struct Running {
    run: RunId,
    job: JobId,
    tenant: TenantKey,
    token: CancellationToken,
}

type Tokens = BTreeMap<u64, Running>;

/// The jobs under way, by run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancels {
    under_way: Arc<Mutex<(u64, Tokens)>>,
    /// Told when a job ends.
    ended: Arc<Notify>,
}

/// What a notice asks to stop.
#[derive(Debug)]
struct Wanted {
    run: RunId,
    tenant: TenantKey,
    /// None for every job of the run.
    jobs: Option<BTreeSet<JobId>>,
}

impl Wanted {
    fn read(notice: &scan::CancelNotice) -> Option<Self> {
        // A name that can't be read is no job of ours; it must not turn some into all.
        let jobs = (!notice.job_ids.is_empty()).then(|| {
            notice
                .job_ids
                .iter()
                .filter_map(|id| id.parse().ok())
                .collect()
        });
        Some(Self {
            run: notice.run_id.parse().ok()?,
            tenant: notice.tenant_key.parse().ok()?,
            jobs,
        })
    }

    fn meets(&self, running: &Running) -> bool {
        let is_named = self
            .jobs
            .as_ref()
            .is_none_or(|jobs| jobs.contains(&running.job));
        running.run == self.run && running.tenant == self.tenant && is_named
    }
}

/// A job's entry; taken out when dropped.
#[derive(Debug)]
pub(crate) struct Entry {
    cancels: Cancels,
    number: u64,
    /// Cancelled when the run is.
    pub(crate) token: CancellationToken,
}

impl Cancels {
    /// Enters a job that is about to run.
    pub(crate) fn enter(&self, run: RunId, job: JobId, tenant: TenantKey) -> Entry {
        let token = CancellationToken::new();
        let mut inner = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inner.0 += 1;
        let number = inner.0;
        let running = Running {
            run,
            job,
            tenant,
            token: token.clone(),
        };
        inner.1.insert(number, running);
        Entry {
            cancels: self.clone(),
            number,
            token,
        }
    }

    /// Cancels what a notice names; it must name the run's own organization.
    fn cancel(&self, wanted: &Wanted) -> usize {
        let inner = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let met = inner.1.values().filter(|running| wanted.meets(running));
        met.inspect(|running| running.token.cancel()).count()
    }

    /// Waits until no job is under way.
    async fn none_left(&self) {
        loop {
            let is_empty = {
                let inner = self.under_way.lock();
                inner.unwrap_or_else(PoisonError::into_inner).1.is_empty()
            };
            if is_empty {
                return;
            }
            self.ended.notified().await;
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut inner = self
            .cancels
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inner.1.remove(&self.number);
        self.cancels.ended.notify_one();
    }
}

/// Listens for cancellations until the service stops, and the last job that drains is done.
pub(crate) fn hear_cancels(bus: &Bus, life: &Life, pool: Pool, cancels: Cancels) {
    let (bus, stopping) = (bus.clone(), life.stopping());
    life.spawn("scan.cancel", async move {
        let mut notices = bus.subscribe(&scan_cancel_all(pool)).await?;
        let drained = async {
            stopping.cancelled().await;
            cancels.none_left().await;
        };
        tokio::pin!(drained);
        loop {
            let notice = tokio::select! {
                () = &mut drained => return Ok::<(), BusFault>(()),
                notice = notices.next() => notice,
            };
            let Some((_, bytes)) = notice else {
                return Ok(());
            };
            let notice = scan::CancelNotice::decode(bytes).ok();
            if let Some(wanted) = notice.as_ref().and_then(Wanted::read) {
                let jobs = cancels.cancel(&wanted);
                tracing::info!(run_id = %wanted.run, jobs, "jobs were cancelled");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use wt_model::{JobId, RunId, TenantKey};
    use wt_proto::scan;

    use super::{Cancels, Wanted};

    const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FA";

    fn run(last: char) -> RunId {
        format!("run_{ULID}{last}").parse().unwrap()
    }

    fn job(last: char) -> JobId {
        format!("job_{ULID}{last}").parse().unwrap()
    }

    fn tenant(last: char) -> TenantKey {
        format!("org_{ULID}{last}").parse().unwrap()
    }

    fn notice(run: RunId, tenant: TenantKey, jobs: &[String]) -> Wanted {
        let notice = scan::CancelNotice {
            run_id: run.to_string(),
            tenant_key: tenant.to_string(),
            reason: String::new(),
            job_ids: jobs.to_vec(),
        };
        Wanted::read(&notice).unwrap()
    }

    #[test]
    fn a_notice_stops_the_jobs_of_its_own_run_and_organization_only() {
        let cancels = Cancels::default();
        let mine = cancels.enter(run('A'), job('A'), tenant('A'));
        let another = cancels.enter(run('B'), job('B'), tenant('A'));
        assert_eq!(cancels.cancel(&notice(run('A'), tenant('B'), &[])), 0);
        assert!(!mine.token.is_cancelled());
        assert_eq!(cancels.cancel(&notice(run('A'), tenant('A'), &[])), 1);
        assert!(mine.token.is_cancelled() && !another.token.is_cancelled());
        drop(mine);
        assert_eq!(cancels.cancel(&notice(run('A'), tenant('A'), &[])), 0);
    }

    #[test]
    fn a_notice_that_names_jobs_stops_no_others() {
        let cancels = Cancels::default();
        let first = cancels.enter(run('A'), job('A'), tenant('A'));
        let second = cancels.enter(run('A'), job('B'), tenant('A'));
        let unreadable = notice(run('A'), tenant('A'), &["job_?".to_owned()]);
        assert_eq!(cancels.cancel(&unreadable), 0, "some never means all");
        let named = notice(run('A'), tenant('A'), &[job('B').to_string()]);
        assert_eq!(cancels.cancel(&named), 1);
        assert!(!first.token.is_cancelled() && second.token.is_cancelled());
    }
}
