//! How many exposures are live on each of some assets, by severity.

use std::collections::BTreeMap;

use wt_auth::may;
use wt_model::{AssetId, Permission, Principal, Severity};
use wt_proto::results;

use super::Api;
use crate::{error::ResultsFault, store, wire};

/// Most assets counted at once: a page of the list of assets has at most 200.
const ASSETS_MAX: usize = 1_000;

pub(super) async fn count_by_asset(
    api: &Api,
    principal: &Principal,
    request: results::CountByAssetRequest,
) -> Result<results::CountByAssetResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    if request.asset_ids.len() > ASSETS_MAX {
        let reason = format!("at most {ASSETS_MAX}");
        return Err(ResultsFault::field("asset_ids", reason));
    }
    for id in &request.asset_ids {
        wire::word::<AssetId>("asset_ids", id)?;
    }
    let mut tx = api.pool.begin_read(principal, "count_by_asset").await?;
    let rows = store::trend::sum_by_asset(&mut tx, &request.asset_ids).await?;
    tx.commit().await?;
    let mut assets: BTreeMap<String, results::AssetCount> = BTreeMap::new();
    for row in rows {
        let severity = Severity::ALL
            .iter()
            .find(|severity| severity.rank() == row.severity_rank)
            .ok_or_else(|| ResultsFault::inconsistent("results.trend_days", "no such rank"))?;
        let counted = assets
            .entry(row.asset_id)
            .or_insert_with_key(|id| results::AssetCount {
                asset_id: id.clone(),
                ..Default::default()
            });
        let open = u64::try_from(row.open).unwrap_or_default();
        counted.open.insert(severity.to_string(), open);
    }
    Ok(results::CountByAssetResponse {
        assets: assets.into_values().collect(),
    })
}
