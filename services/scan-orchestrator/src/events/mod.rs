//! What this service hears, and the one frame each handler runs in: the effect and the note that
//! the message was handled are committed together.

mod authorization_withdrawn;
mod scan_applied;
mod scan_cancelled;
mod scan_completed;
mod scan_failed;

use wt_bus::{Bus, Delivery, Handler, Outcome, consume};
use wt_lifecycle::Life;
use wt_model::{Principal, RunId};
use wt_pg::{Pool, TenantTx};
use wt_proto::stream;

use crate::{NAME, cancelling, error::ScanFault, metrics::Metrics};

/// Starts every consumer.
pub(crate) fn start(bus: &Bus, life: &Life, pool: &Pool, metrics: &Metrics) {
    consume(
        bus,
        life,
        &stream::ORCHESTRATOR_SCAN_EVENTS,
        ScanEvents {
            pool: pool.clone(),
            metrics: metrics.clone(),
        },
    );
    let withdrawn = Withdrawals {
        pool: pool.clone(),
        bus: bus.clone(),
    };
    consume(bus, life, &stream::ORCHESTRATOR_AUTHORIZATIONS, withdrawn);
}

struct ScanEvents {
    pool: Pool,
    metrics: Metrics,
}

impl Handler for ScanEvents {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        Outcome::of(self.apply(&delivery).await)
    }
}

impl ScanEvents {
    async fn apply(&self, delivery: &Delivery) -> Result<(), ScanFault> {
        let name = stream::ORCHESTRATOR_SCAN_EVENTS.name;
        let Some(mut tx) = begin(&self.pool, delivery, name).await? else {
            return Ok(());
        };
        let stale = match delivery.message_type() {
            "scan.completed" => {
                let passed = scan_completed::apply(&mut tx, &delivery.payload()?).await?;
                (!passed).then_some("completed")
            }
            "scan.failed" => {
                let passed = scan_failed::apply(&mut tx, &delivery.payload()?).await?;
                (!passed).then_some("failed")
            }
            "scan.applied" => {
                let passed = scan_applied::apply(&mut tx, &delivery.payload()?).await?;
                (!passed).then_some("applied")
            }
            "scan.cancelled" => {
                scan_cancelled::apply(&delivery.payload()?);
                None
            }
            // A newer peer's news: nothing here depends on it.
            other => {
                tracing::debug!(message_type = other, "not understood");
                None
            }
        };
        tx.commit().await?;
        if let Some(what) = stale {
            self.metrics.fence_refused(what);
        }
        Ok(())
    }
}

struct Withdrawals {
    pool: Pool,
    bus: Bus,
}

impl Handler for Withdrawals {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        Outcome::of(self.apply(&delivery).await)
    }
}

impl Withdrawals {
    async fn apply(&self, delivery: &Delivery) -> Result<(), ScanFault> {
        // An archived asset's authorizations are revoked in the same transaction, each with its
        // own news: there is nothing more to do for the asset itself.
        if delivery.message_type() != "authorization.revoked" {
            return Ok(());
        }
        let name = stream::ORCHESTRATOR_AUTHORIZATIONS.name;
        let Some(mut tx) = begin(&self.pool, delivery, name).await? else {
            return Ok(());
        };
        let runs = authorization_withdrawn::apply(&mut tx, &delivery.payload()?).await?;
        tx.commit().await?;
        for (run, stopped) in runs {
            if let Ok(run) = run.parse::<RunId>() {
                let reason = "authorization withdrawn";
                let (tenant, jobs) = (delivery.tenant_key, stopped.jobs);
                cancelling::tell_workers(&self.bus, tenant, &stopped.pool, run, jobs, reason).await;
            }
        }
        Ok(())
    }
}

/// A transaction of the message's organization, or nothing when the message was handled before.
async fn begin(
    pool: &Pool,
    delivery: &Delivery,
    consumer: &str,
) -> Result<Option<TenantTx>, ScanFault> {
    let principal = Principal::service(NAME, delivery.tenant_key);
    let mut tx = pool.begin(&principal, "handle_event").await?;
    if wt_outbox::first_time(&mut tx, consumer, delivery.message_id()).await? {
        Ok(Some(tx))
    } else {
        Ok(None)
    }
}
