//! Cancellation: a plain subscription reaches every worker at once.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;
use wt_bus::{Bus, BusFault};
use wt_lifecycle::Life;
use wt_model::{RunId, TenantKey};
use wt_proto::{Message, scan, subject::SCAN_CANCEL_ALL};

type Tokens = BTreeMap<u64, (RunId, TenantKey, CancellationToken)>;

/// The jobs under way, by run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancels(Arc<Mutex<(u64, Tokens)>>);

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
    pub(crate) fn enter(&self, run: RunId, tenant: TenantKey) -> Entry {
        let token = CancellationToken::new();
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += 1;
        let number = inner.0;
        inner.1.insert(number, (run, tenant, token.clone()));
        Entry {
            cancels: self.clone(),
            number,
            token,
        }
    }

    /// Cancels the jobs of a run; the notice must name the run's own organization.
    fn cancel(&self, run: RunId, tenant: TenantKey) -> usize {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = inner
            .1
            .values()
            .filter(|(r, t, _)| *r == run && *t == tenant);
        wanted.inspect(|(_, _, token)| token.cancel()).count()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut inner = self
            .cancels
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inner.1.remove(&self.number);
    }
}

/// Listens for cancellations until the service stops.
pub(crate) fn hear_cancels(bus: &Bus, life: &Life, cancels: Cancels) {
    let (bus, stopping) = (bus.clone(), life.stopping());
    life.spawn("scan.cancel", async move {
        let mut notices = bus.subscribe(SCAN_CANCEL_ALL).await?;
        loop {
            let notice = tokio::select! {
                // Jobs that drain may still be cancelled, until the last of them is done.
                () = stopping.cancelled() => return Ok::<(), BusFault>(()),
                notice = notices.next() => notice,
            };
            let Some((_, bytes)) = notice else {
                return Ok(());
            };
            let notice = scan::CancelNotice::decode(bytes).ok();
            let ids =
                notice.and_then(|n| Some((n.run_id.parse().ok()?, n.tenant_key.parse().ok()?)));
            if let Some((run, tenant)) = ids {
                let jobs = cancels.cancel(run, tenant);
                tracing::info!(run_id = %run, jobs, "the run was cancelled");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::Cancels;

    #[test]
    fn a_notice_stops_the_jobs_of_its_own_run_and_organization_only() {
        let run = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let other = "run_01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap();
        let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let stranger = "org_01ARZ3NDEKTSV4RRFFQ69G5FAW".parse().unwrap();
        let cancels = Cancels::default();
        let (mine, another) = (cancels.enter(run, tenant), cancels.enter(other, tenant));
        assert_eq!(cancels.cancel(run, stranger), 0);
        assert!(!mine.token.is_cancelled());
        assert_eq!(cancels.cancel(run, tenant), 1);
        assert!(mine.token.is_cancelled() && !another.token.is_cancelled());
        drop(mine);
        assert_eq!(cancels.cancel(run, tenant), 0);
    }
}
