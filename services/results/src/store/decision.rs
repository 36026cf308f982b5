//! `results.exposures`: what users decide. No result writes these columns.
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_model::ExposureState;
use wt_pg::{PgFault, TenantTx};

use super::stored;
use crate::error::ResultsFault;

/// Locks one exposure, so that a decision meets the state it was made for.
pub(crate) async fn lock_state(
    tx: &mut TenantTx,
    key: &ExposureKey,
) -> Result<Option<ExposureState>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query_scalar!(
        "select state from results.exposures where tenant_key = $1 and key = $2 for update",
        tenant,
        key.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?
    .map(|state| stored("results.exposures.state", &state))
    .transpose()
}

/// Makes a decision the standing one; none withdraws it.
pub(crate) async fn set_decision(
    tx: &mut TenantTx,
    key: &ExposureKey,
    decision: Option<&str>,
    until: Option<OffsetDateTime>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update results.exposures set decision = $3, decision_until = $4
         where tenant_key = $1 and key = $2",
        tenant,
        key.as_str(),
        decision,
        until,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes somebody responsible.
pub(crate) async fn set_assignee(
    tx: &mut TenantTx,
    key: &ExposureKey,
    assignee: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update results.exposures set assignee = $3 where tenant_key = $1 and key = $2",
        tenant,
        key.as_str(),
        assignee,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
