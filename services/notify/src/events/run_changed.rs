//! A run entered a state. The last one is worth a notice; the others are not for people.

use std::sync::Arc;

use tokio::sync::Notify;
use wt_bus::{Delivery, Handler, InvalidEnvelope, Outcome};
use wt_model::RunState;
use wt_pg::Pool;
use wt_proto::{convert::from_timestamp, event, stream::NOTIFY_RUNS};

use crate::{
    error::NotifyFault,
    store::{self, notice::NewNotice},
};

/// Keeps notices of runs that ended.
pub(crate) struct RunChanged {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Wakes the composer.
    pub(crate) wake: Arc<Notify>,
}

impl Handler for RunChanged {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        match delivery.payload::<event::RunChanged>() {
            Ok(run) => Outcome::of(self.keep(&delivery, &run).await),
            Err(error) => rejected(&error),
        }
    }
}

impl RunChanged {
    /// The inbox ends a second delivery; the notice's key ends a second message about one run.
    async fn keep(&self, delivery: &Delivery, run: &event::RunChanged) -> Result<(), NotifyFault> {
        let place = |field: &str| format!("event.v1.RunChanged.{field} of {}", run.run_id);
        let state: RunState = run
            .state
            .parse()
            .map_err(|error| NotifyFault::inconsistent(place("state"), error))?;
        if !state.is_terminal() {
            return Ok(());
        }
        let finished_at = from_timestamp(run.at.as_ref())
            .ok_or_else(|| NotifyFault::field("at", "is required"))?;
        let mut tx = self.pool.begin(&delivery.principal, "keep_notice").await?;
        if !wt_outbox::first_time(&mut tx, NOTIFY_RUNS.name, delivery.message_id()).await? {
            return Ok(());
        }
        let notice = NewNotice {
            run_id: &run.run_id,
            run_kind: &run.kind,
            profile: &run.profile,
            run_state: state.as_str(),
            reason: &run.reason,
            finished_at,
        };
        store::notice::insert_unless_present(&mut tx, notice).await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok(())
    }
}

fn rejected(error: &InvalidEnvelope) -> Outcome {
    Outcome::Reject {
        cause: error.to_string(),
    }
}
