//! How many exposures are live on each asset of a list.
use std::collections::BTreeMap;

use wt_model::Permission;
use wt_proto::results::CountByAssetRequest;

use super::Asset;
use crate::rest::access::Caller;

/// Says of each asset what is live there. Decoration: without the results service, or of somebody
/// who may not read exposures, assets are shown without it.
pub(super) async fn count(caller: &Caller, assets: &mut [Asset]) {
    if assets.is_empty() || !caller.principal().holds(Permission::ExposuresRead) {
        return;
    }
    let Ok(mut results) = caller.results() else {
        return;
    };
    let asset_ids = assets.iter().map(|asset| asset.id.clone()).collect();
    match results
        .count_by_asset(CountByAssetRequest { asset_ids })
        .await
    {
        Ok(answer) => {
            let counted = answer.into_inner().assets.into_iter();
            let mut by_asset: BTreeMap<String, BTreeMap<String, u64>> = counted
                .map(|asset| (asset.asset_id, asset.open.into_iter().collect()))
                .collect();
            for asset in assets {
                asset.open = Some(by_asset.remove(&asset.id).unwrap_or_default());
            }
        }
        Err(status) => {
            tracing::warn!(error = %status, "assets are shown without what is open on them");
        }
    }
}
