//! How many verified assets the caller's tenant uses of its plan, over the payer's whole tree.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::asset;

use super::Api;
use crate::{error::AssetFault, store};

pub(super) async fn count_verified(
    api: &Api,
    principal: &Principal,
) -> Result<asset::CountVerifiedResponse, AssetFault> {
    may(principal, Permission::BillingManage)?;
    let told = api.standings.of(principal).await?;
    let mut tx = api.pool.begin_platform("count_verified").await?;
    let verified = store::authorization::count_verified(&mut tx, told.root).await?;
    tx.commit().await?;
    Ok(asset::CountVerifiedResponse { verified })
}
