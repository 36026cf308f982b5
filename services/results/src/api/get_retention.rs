//! From when on the history is whole, and what will change that.

use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, results};

use super::Api;
use crate::{error::ResultsFault, store};

pub(super) async fn get_retention(
    api: &Api,
    principal: &Principal,
) -> Result<results::GetRetentionResponse, ResultsFault> {
    // Who pays has to see what the plan takes away, without seeing what it is.
    may(principal, Permission::ExposuresRead)
        .or_else(|_| may(principal, Permission::BillingManage))?;
    let mut tx = api.pool.begin_read(principal, "get_retention").await?;
    let term = store::retention::term(&mut tx).await?;
    tx.commit().await?;
    Ok(results::GetRetentionResponse {
        kept_since: term.since.map(to_timestamp),
        days: term.days.unwrap_or_default(),
        next_days: term.lowered.map(|lowered| lowered.to).unwrap_or_default(),
        next_from: term.lowered_from().map(to_timestamp),
    })
}

/// Refuses a moment that is before what is kept: what is left of it would be a wrong answer.
pub(super) async fn check_kept(tx: &mut TenantTx, at: OffsetDateTime) -> Result<(), ResultsFault> {
    match store::retention::kept_since(tx).await? {
        Some(since) if at < since => Err(ResultsFault::NotKept { since }),
        _ => Ok(()),
    }
}
