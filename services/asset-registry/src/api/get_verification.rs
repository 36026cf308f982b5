//! The proof under way for an asset, with what was found at the last check.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::asset;

use super::Api;
use crate::{domain::challenge::instructions, error::AssetFault, store, wire};

pub(super) async fn get_verification(
    api: &Api,
    principal: &Principal,
    request: asset::GetVerificationRequest,
) -> Result<asset::GetVerificationResponse, AssetFault> {
    may(principal, Permission::AssetsRead)?;
    let id = wire::id("asset_id", &request.asset_id)?;
    let mut tx = api.pool.begin_read(principal, "get_verification").await?;
    let row = store::asset::find_by_id(&mut tx, id)
        .await?
        .ok_or(AssetFault::AssetUnknown)?;
    let challenge = store::challenge::find_by_asset(&mut tx, id)
        .await?
        .ok_or(AssetFault::ChallengeUnknown)?;
    tx.commit().await?;
    let instructions = instructions(row.kind, &row.value, challenge.method, &challenge.token)?;
    let proven = row
        .authorization
        .as_ref()
        .is_some_and(|live| live.method == challenge.method.as_str());
    Ok(asset::GetVerificationResponse {
        verification: Some(wire::verification(&row, &challenge, &instructions, proven)),
    })
}
