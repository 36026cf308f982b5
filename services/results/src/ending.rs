//! Ends exposures without a run, in the caller's transaction: with their events, leaves and news.
use time::OffsetDateTime;
use wt_diff::{Change, Observed};
use wt_pg::TenantTx;

use crate::{
    domain::{
        risk::Risks,
        withdrawal::{Withdrawn, withdraw},
    },
    error::ResultsFault,
    events::apply_result::leaves,
    ledger_keys::LedgerKeys,
    store::{
        self,
        ledger::{LeafKind, Turn},
        withdrawal::WithdrawalRow,
    },
};

/// What was withdrawn, and the sentence people read.
#[derive(Debug)]
pub(crate) struct Withdrawal {
    pub(crate) what: Withdrawn,
    /// Id of the asset or check.
    pub(crate) r#ref: String,
    /// Id of what led to it.
    pub(crate) cause: String,
    pub(crate) reason: String,
}

/// Ends what is live of `priors`, locked and by ascending key, in a turn of the ledger; gives how
/// many that are. The withdrawal is kept, so that a replay can repeat it.
pub(crate) async fn end(
    tx: &mut TenantTx,
    key: &LedgerKeys,
    turn: Turn,
    priors: &[Observed],
    withdrawal: &Withdrawal,
) -> Result<usize, ResultsFault> {
    let Turn {
        mut frontier,
        number: turn,
    } = turn;
    let (cause, reason) = (&withdrawal.cause, &withdrawal.reason);
    let applied = withdraw(priors, withdrawal.what, cause, reason);
    let at = stored_now();
    let row = WithdrawalRow {
        turn,
        kind: withdrawal.what.as_str().to_owned(),
        r#ref: withdrawal.r#ref.clone(),
        cause: cause.clone(),
        reason: reason.clone(),
        at,
    };
    store::withdrawal::insert(tx, &row).await?;
    let unseen: Vec<(&Change, OffsetDateTime)> = applied
        .changes
        .iter()
        .map(|change| (change, OffsetDateTime::UNIX_EPOCH))
        .collect();
    store::exposure::update_observed(tx, &unseen, None, &Risks::default()).await?;
    let leaves = leaves(tx.tenant_key(), &applied, at)?;
    let first = store::ledger::append(tx, &mut frontier, LeafKind::Event, &leaves).await?;
    if !leaves.is_empty() {
        store::ledger::sign_head(tx, &frontier, key, at).await?;
    }
    store::event::insert_all(tx, &applied.events, None, at, first).await?;
    store::news::enqueue_transitions(tx, &applied.events, at).await?;
    Ok(applied.events.len())
}

/// Now, as exactly as Postgres keeps it: a replay makes the same leaves from the stored time.
pub(crate) fn stored_now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.microsecond() * 1_000)
        .unwrap_or(now)
}
