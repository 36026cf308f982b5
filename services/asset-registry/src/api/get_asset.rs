//! One asset.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::asset;

use super::Api;
use crate::{error::AssetFault, store, wire};

pub(super) async fn get_asset(
    api: &Api,
    principal: &Principal,
    request: asset::GetAssetRequest,
) -> Result<asset::GetAssetResponse, AssetFault> {
    may(principal, Permission::AssetsRead)?;
    let id = wire::id("asset_id", &request.asset_id)?;
    let mut tx = api.pool.begin_read(principal, "get_asset").await?;
    let row = store::asset::find_by_id(&mut tx, id)
        .await?
        .ok_or(AssetFault::AssetUnknown)?;
    tx.commit().await?;
    Ok(asset::GetAssetResponse {
        asset: Some((&row).into()),
    })
}
