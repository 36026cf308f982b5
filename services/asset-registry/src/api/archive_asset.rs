//! Archives an asset and withdraws what rested on it (contracts §6: its exposures retire, they
//! are never FIXED).

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::{asset, event};

use super::Api;
use crate::{error::AssetFault, store, wire};

pub(super) async fn archive_asset(
    api: &Api,
    principal: &Principal,
    request: asset::ArchiveAssetRequest,
) -> Result<asset::ArchiveAssetResponse, AssetFault> {
    may(principal, Permission::AssetsWrite)?;
    let id = wire::id("asset_id", &request.asset_id)?;
    let mut tx = api.pool.begin(principal, "archive_asset").await?;
    if !store::asset::archive(&mut tx, id).await? {
        return Err(AssetFault::AssetUnknown);
    }
    for authorization_id in
        store::authorization::revoke_by_asset(&mut tx, id, "asset archived").await?
    {
        let revoked = event::AuthorizationRevoked {
            asset_id: id.to_string(),
            authorization_id,
            reason: "asset archived".to_owned(),
        };
        wt_outbox::enqueue(&mut tx, &revoked).await?;
    }
    wt_outbox::enqueue(
        &mut tx,
        &event::AssetArchived {
            asset_id: id.to_string(),
        },
    )
    .await?;
    wt_audit::record(&mut tx, "asset.archive", &id.to_string(), None, None).await?;
    tx.commit().await?;
    Ok(asset::ArchiveAssetResponse {})
}
