//! What may be scanned right now: assets with a live authorization, and why the others may not.

use wt_auth::may;
use wt_model::{AssetId, JOBS_PER_RUN_MAX, Permission, Principal};
use wt_proto::{asset, convert::to_timestamp};

use super::Api;
use crate::{
    error::AssetFault,
    store::{self, asset::AssetRow},
    wire,
};

/// Most assets of one run; more than its jobs could hold.
const ASSETS_PER_RUN_MAX: usize = JOBS_PER_RUN_MAX;

pub(super) async fn resolve_scope(
    api: &Api,
    principal: &Principal,
    request: asset::ResolveScopeRequest,
) -> Result<asset::ResolveScopeResponse, AssetFault> {
    may(principal, Permission::RunsCreate)?;
    if request.asset_ids.len() > ASSETS_PER_RUN_MAX {
        return Err(AssetFault::TooMany {
            max: ASSETS_PER_RUN_MAX,
        });
    }
    let ids: Vec<AssetId> = request
        .asset_ids
        .iter()
        .enumerate()
        .map(|(index, id)| wire::id(&format!("asset_ids[{index}]"), id))
        .collect::<Result<_, _>>()?;
    let mut tx = api.pool.begin_read(principal, "resolve_scope").await?;
    let rows = if ids.is_empty() {
        store::asset::list_verified(&mut tx, ASSETS_PER_RUN_MAX).await?
    } else {
        store::asset::list_by_ids(&mut tx, &ids).await?
    };
    tx.commit().await?;

    let mut answer = asset::ResolveScopeResponse::default();
    for row in &rows {
        match decide(row) {
            Ok(authorized) => answer.assets.push(authorized),
            Err(refused) => answer.refused.push(refused),
        }
    }
    let missing = ids
        .iter()
        .filter(|id| rows.iter().all(|row| row.id != **id));
    answer.refused.extend(missing.map(|id| {
        refusal(
            &id.to_string(),
            "asset.not_found",
            "there is no such asset".to_owned(),
        )
    }));
    Ok(answer)
}

fn decide(row: &AssetRow) -> Result<asset::AuthorizedAsset, asset::UnauthorizedAsset> {
    let id = row.id.to_string();
    if row.archived_at.is_some() {
        return Err(refusal(
            &id,
            "asset.archived",
            format!("{} is archived", row.value),
        ));
    }
    match &row.authorization {
        Some(live) => Ok(asset::AuthorizedAsset {
            asset_id: id,
            kind: row.kind.to_string(),
            value: row.value.clone(),
            authorization_id: live.id.clone(),
            expires_at: Some(to_timestamp(live.expires_at)),
        }),
        None => Err(refusal(
            &id,
            "asset.not_verified",
            format!(
                "ownership of {} is not proven, or the proof expired",
                row.value
            ),
        )),
    }
}

fn refusal(id: &str, code: &str, reason: String) -> asset::UnauthorizedAsset {
    asset::UnauthorizedAsset {
        asset_id: id.to_owned(),
        code: code.to_owned(),
        reason,
    }
}
