//! How many assets there are, for dashboards.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::asset;

use super::Api;
use crate::{error::AssetFault, store};

pub(super) async fn count_assets(
    api: &Api,
    principal: &Principal,
) -> Result<asset::CountAssetsResponse, AssetFault> {
    may(principal, Permission::AssetsRead)?;
    let mut tx = api.pool.begin_read(principal, "count_assets").await?;
    let (total, verified) = store::asset::count(&mut tx).await?;
    tx.commit().await?;
    Ok(asset::CountAssetsResponse {
        total: u64::try_from(total).unwrap_or_default(),
        verified: u64::try_from(verified).unwrap_or_default(),
    })
}
