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

use crate::{NAME, cancelling, error::ScanFault};

/// Starts every consumer.
pub(crate) fn start(bus: &Bus, life: &Life, pool: &Pool) {
    consume(
        bus,
        life,
        &stream::ORCHESTRATOR_SCAN_EVENTS,
        ScanEvents { pool: pool.clone() },
    );
    let withdrawn = Withdrawals {
        pool: pool.clone(),
        bus: bus.clone(),
    };
    consume(bus, life, &stream::ORCHESTRATOR_AUTHORIZATIONS, withdrawn);
}

struct ScanEvents {
    pool: Pool,
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
        match delivery.message_type() {
            "scan.completed" => scan_completed::apply(&mut tx, &delivery.payload()?).await?,
            "scan.failed" => scan_failed::apply(&mut tx, &delivery.payload()?).await?,
            "scan.cancelled" => scan_cancelled::apply(&delivery.payload()?),
            "scan.applied" => scan_applied::apply(&mut tx, &delivery.payload()?).await?,
            // A newer peer's news: nothing here depends on it.
            other => tracing::debug!(message_type = other, "not understood"),
        }
        tx.commit().await?;
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
        for run in runs {
            if let Ok(run) = run.parse::<RunId>() {
                let reason = "authorization withdrawn";
                cancelling::tell_workers(&self.bus, delivery.tenant_key, run, reason).await;
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
