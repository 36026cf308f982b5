//! That the organization's ledger only grew from one signed head to another.

use wt_auth::may;
use wt_ledger::{ProofPlan, seal_consistency};
use wt_model::{Permission, Principal};
use wt_proto::results;

use super::Api;
use crate::{error::ResultsFault, store};

pub(super) async fn prove_growth(
    api: &Api,
    principal: &Principal,
    request: results::ProveGrowthRequest,
) -> Result<results::ProveGrowthResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    between(api, principal, request.from_size, request.to_size).await
}

/// The proof between two heads of the reader's organization; 0 as the later size is the newest.
pub(super) async fn between(
    api: &Api,
    reader: &Principal,
    from_size: u64,
    to_size: u64,
) -> Result<results::ProveGrowthResponse, ResultsFault> {
    let unsigned = |field| move || ResultsFault::field(field, "no head of this size was signed");
    let mut tx = api.pool.begin_read(reader, "prove_growth").await?;
    let earlier = store::ledger::head_of(&mut tx, from_size)
        .await?
        .ok_or_else(unsigned("from"))?;
    let later = if to_size == 0 {
        store::ledger::newest_head(&mut tx).await?
    } else {
        store::ledger::head_of(&mut tx, to_size).await?
    };
    let later = later.ok_or_else(unsigned("to"))?;
    let plan = ProofPlan::consistency(earlier.tree_size, later.tree_size)
        .map_err(|_| ResultsFault::field("from", "it is later than `to`"))?;
    let path = store::ledger::prove(&mut tx, &plan).await?;
    let keys = api.ledger_keys.chain(tx.conn()).await?;
    tx.commit().await?;
    let proof_json = String::from_utf8(seal_consistency(earlier, later, path, &keys))
        .map_err(|error| ResultsFault::inconsistent("proof of growth", error))?;
    Ok(results::ProveGrowthResponse { proof_json })
}
