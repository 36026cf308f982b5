//! Takes away the history that an organization's plan keeps no longer.
//!
//! Takes no input and is idempotent. The bound moves first, so that nobody is shown what is half
//! gone; then events, stored results and days of trends go in short transactions, each of which
//! notes how far it got: stopped at any line, on one replica or two, the next step goes on there.
//! What may go is the database's own to decide (`results.prune_events`, migrations/results/0024).
use serde_json::json;
use time::{Duration, OffsetDateTime};
use wt_artifacts::{ArtifactFault, ArtifactKey, Artifacts};
use wt_model::{Principal, TenantKey};
use wt_pg::Pool;
use wt_standing::Standings;

use crate::{NAME, error::ResultsFault, metrics::Metrics, store};

/// How old an answer about a plan may be: terms are days.
const ASKED_EVERY: Duration = Duration::hours(1);
/// Most organizations visited in one step.
const TENANTS_MAX: i32 = 100;
/// Most events met in one transaction, so that it stays short.
const EVENTS_MAX: i32 = 2_000;
/// Most stored results taken between two notes of how far it got.
const RESULTS_MAX: i64 = 100;
/// Most transactions for one organization in one step: the others have their turn too.
const BATCHES_MAX: usize = 100;

/// What it works with; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    pub(crate) pool: Pool,
    pub(crate) artifacts: Artifacts,
    pub(crate) standings: Standings,
    pub(crate) metrics: Metrics,
}

/// One step.
pub(crate) async fn step(keeper: &Keeper) -> Result<(), ResultsFault> {
    let mut tx = keeper.pool.begin_platform("retention_due").await?;
    let before = OffsetDateTime::now_utc() - ASKED_EVERY;
    let due = store::retention::list_due(tx.conn(), before, TENANTS_MAX).await?;
    tx.commit().await?;
    for tenant in due {
        // One organization that cannot be asked about keeps no other one's history.
        if let Err(fault) = keep(keeper, tenant).await {
            tracing::warn!(error = %wt_fault::chain(&fault), %tenant, "history not pruned");
        }
    }
    drop_months(&keeper.pool).await
}

async fn keep(keeper: &Keeper, tenant: TenantKey) -> Result<(), ResultsFault> {
    let ourselves = Principal::service(NAME, tenant);
    let asked = keeper.standings.of(&ourselves).await;
    let mut tx = keeper.pool.begin(&ourselves, "keep_term").await?;
    let told = match asked {
        Ok(told) => told,
        Err(fault) => {
            // Whose plan is not known loses nothing.
            store::retention::note_asked(&mut tx).await?;
            tx.commit().await?;
            return Err(fault.into());
        }
    };
    let kept = store::retention::hold(&mut tx).await?;
    let term = kept.term.under(&told.standing, OffsetDateTime::now_utc());
    store::retention::update(&mut tx, &term).await?;
    tx.commit().await?;
    let moved = term.since != kept.term.since;
    if kept.done && !moved {
        return Ok(());
    }
    if prune_events(keeper, &ourselves).await? && remove_results(keeper, &ourselves).await? {
        finish(keeper, &ourselves).await?;
    }
    Ok(())
}

/// Whether all that ended are gone.
async fn prune_events(keeper: &Keeper, ourselves: &Principal) -> Result<bool, ResultsFault> {
    for _ in 0..BATCHES_MAX {
        let mut tx = keeper.pool.begin(ourselves, "prune_events").await?;
        let pruned = store::retention::prune_events(&mut tx, EVENTS_MAX).await?;
        tx.commit().await?;
        keeper.metrics.pruned("events", pruned.events);
        keeper.metrics.pruned("evidence", pruned.evidence);
        if pruned.walked < i64::from(EVENTS_MAX) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As above, of stored results: first the bytes, then the note; a key that is gone already is what
/// a crash between them leaves.
async fn remove_results(keeper: &Keeper, ourselves: &Principal) -> Result<bool, ResultsFault> {
    let tenant = wt_auth::tenant_of(ourselves)?;
    for _ in 0..BATCHES_MAX {
        let mut tx = keeper.pool.begin_read(ourselves, "ended_results").await?;
        let ended = store::retention::list_ended_results(&mut tx, RESULTS_MAX).await?;
        tx.commit().await?;
        let Some(last) = ended.last() else {
            return Ok(true);
        };
        for row in &ended {
            let key = ArtifactKey::parse_for(tenant, &row.artifact_key);
            keeper
                .artifacts
                .remove(&key.map_err(ArtifactFault::from)?)
                .await?;
        }
        let count = i64::try_from(ended.len()).unwrap_or(i64::MAX);
        let mut tx = keeper.pool.begin(ourselves, "results_gone").await?;
        store::retention::note_results_gone(&mut tx, last, count).await?;
        tx.commit().await?;
        keeper.metrics.pruned("results", count);
    }
    Ok(false)
}

/// The days of trends, and the record of all of it.
async fn finish(keeper: &Keeper, ourselves: &Principal) -> Result<(), ResultsFault> {
    let mut tx = keeper.pool.begin(ourselves, "history_pruned").await?;
    let kept = store::retention::hold(&mut tx).await?;
    if kept.done {
        // Another replica was faster.
        return Ok(());
    }
    let trend_days = store::retention::prune_trends(&mut tx).await?;
    let gone = store::retention::finish(&mut tx).await?;
    if gone.events + gone.evidence + gone.results + trend_days > 0 {
        let since = kept.term.since.map(wt_proto::convert::to_timestamp);
        let after = json!({
            "kept_since_unix": since.map(|since| since.seconds),
            "days": kept.term.days,
            "events": gone.events,
            "evidence": gone.evidence,
            "results": gone.results,
            "trend_days": trend_days,
        });
        let object = tx.tenant_key().to_string();
        wt_audit::record(&mut tx, "history.prune", &object, None, Some(&after)).await?;
    }
    tx.commit().await?;
    keeper.metrics.pruned("trend_days", trend_days);
    Ok(())
}

/// Drops the months that nobody's plan keeps any more.
async fn drop_months(pool: &Pool) -> Result<(), ResultsFault> {
    loop {
        let mut tx = pool.begin_platform("drop_month").await?;
        let dropped = store::month::drop_oldest(tx.conn()).await?;
        tx.commit().await?;
        if !dropped {
            return Ok(());
        }
        tracing::info!("a month that nobody keeps was dropped");
    }
}
