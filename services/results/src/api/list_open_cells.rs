//! For the planner: cells that are open on assets, or the cells of given exposures.

use std::collections::BTreeSet;

use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{AssetId, Permission, Principal};
use wt_proto::results;

use super::Api;
use crate::{
    error::ResultsFault,
    store::{self, exposure_page::OpenCellRow},
    wire,
};

/// Most cells of one answer: known cells cost a probe each, and travel in the signed job.
const CELLS_MAX: i64 = 50_000;
/// Most exposures verified at once.
const KEYS_MAX: usize = 1_000;
/// Most assets of one run's question.
const ASSETS_MAX: usize = 10_000;

pub(super) async fn list_open_cells(
    api: &Api,
    principal: &Principal,
    request: results::ListOpenCellsRequest,
) -> Result<results::ListOpenCellsResponse, ResultsFault> {
    may(principal, Permission::RunsCreate)?;
    if request.keys.len() > KEYS_MAX {
        return Err(ResultsFault::field("keys", format!("at most {KEYS_MAX}")));
    }
    if request.asset_ids.len() > ASSETS_MAX {
        return Err(ResultsFault::field(
            "asset_ids",
            format!("at most {ASSETS_MAX}"),
        ));
    }
    for asset in &request.asset_ids {
        wire::word::<AssetId>("asset_ids", asset)?;
    }
    // Text that is no key names no exposure; the planner is told so with the unknown ones.
    let keys: Vec<String> = request
        .keys
        .iter()
        .filter(|key| key.parse::<ExposureKey>().is_ok())
        .cloned()
        .collect();
    let mut tx = api.pool.begin_read(principal, "list_open_cells").await?;
    let rows = if request.keys.is_empty() {
        store::exposure_page::list_open_by_assets(&mut tx, &request.asset_ids, CELLS_MAX).await?
    } else {
        store::exposure_page::list_cells_by_keys(&mut tx, &keys).await?
    };
    tx.commit().await?;
    let found: BTreeSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let unknown_keys: Vec<String> = request
        .keys
        .iter()
        .filter(|key| !found.contains(key.as_str()))
        .cloned()
        .collect();
    Ok(results::ListOpenCellsResponse {
        cells: rows.into_iter().map(cell).collect(),
        unknown_keys,
    })
}

fn cell(row: OpenCellRow) -> results::OpenCell {
    results::OpenCell {
        key: row.key,
        asset_id: row.asset_id,
        host: row.host,
        transport: row.transport,
        port: u32::try_from(row.port).unwrap_or_default(),
        check_id: row.check_id,
        strength: u32::try_from(row.opened_strength).unwrap_or_default(),
        state: row.state,
    }
}
