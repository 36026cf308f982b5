//! How urgent things are: altogether, by asset, and from what is known of CVEs.

use wt_auth::may;
use wt_model::{AssetId, Permission, Principal};
use wt_proto::{convert::to_timestamp, results};
use wt_risk::{Score, Total};

use super::Api;
use crate::{error::ResultsFault, store, wire};

/// Most assets of an answer, as of a page.
const ASSETS_MAX: u32 = 200;
/// Assets of an answer that says nothing about it.
const ASSETS: u32 = 50;

pub(super) async fn get_risk(
    api: &Api,
    principal: &Principal,
    request: results::GetRiskRequest,
) -> Result<results::GetRiskResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    if request.asset_ids.len() > ASSETS_MAX as usize {
        let reason = format!("at most {ASSETS_MAX}");
        return Err(ResultsFault::field("asset_ids", reason));
    }
    let assets = wire::words::<AssetId>("asset_ids", &request.asset_ids)?;
    let limit = match request.limit {
        _ if assets.is_some() => ASSETS_MAX,
        0 => ASSETS,
        limit if limit <= ASSETS_MAX => limit,
        _ => {
            let reason = format!("expected 1 to {ASSETS_MAX}");
            return Err(ResultsFault::field("limit", reason));
        }
    };
    let mut tx = api.pool.begin_read(principal, "get_risk").await?;
    let counts = store::risk::count_by_score(&mut tx).await?;
    let totals = store::risk::totals_by_asset(&mut tx, assets.as_deref(), i64::from(limit)).await?;
    let feeds = store::feed::list(tx.conn()).await?;
    tx.commit().await?;
    let assets = totals.into_iter().map(|row| results::AssetRisk {
        asset_id: row.asset_id,
        score: u32::from(Total::of_sum(row.sum).score().value()),
        open: u64::try_from(row.open).unwrap_or_default(),
    });
    let feeds = feeds.into_iter().map(|feed| results::RiskFeed {
        name: feed.name,
        dated: feed.dated,
        rows: u64::try_from(feed.rows).unwrap_or_default(),
        imported_at: Some(to_timestamp(feed.imported_at)),
    });
    Ok(results::GetRiskResponse {
        score: altogether(&counts),
        open: counts.iter().map(|(_, rows)| rows).sum(),
        assets: assets.collect(),
        feeds: feeds.collect(),
    })
}

/// The organization's score.
fn altogether(counts: &[(u8, u64)]) -> u32 {
    let mut total = Total::default();
    for (score, rows) in counts {
        total.add(Score::from(*score), *rows);
    }
    u32::from(total.score().value())
}
