//! Tags of assets.
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::asset::ListTagsRequest;

use crate::rest::{
    access::{AssetsRead, May},
    problem::Problem,
};

/// Tags of the organization's assets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetTags {
    /// The 500 that most assets bear, most borne first.
    items: Vec<AssetTag>,
}

/// A tag.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetTag {
    /// The word.
    tag: String,
    /// Assets that bear it.
    assets: u64,
}

/// The tags that assets bear.
#[utoipa::path(get, path = "/asset-tags", tag = "assets",
    responses((status = 200, description = "the tags, most borne first", body = AssetTags)),
    extensions(("x-permission" = json!("assets:read"))))]
pub(crate) async fn list_asset_tags(caller: May<AssetsRead>) -> Result<Json<AssetTags>, Problem> {
    let request = ListTagsRequest {};
    let answer = caller.assets()?.list_tags(request).await?.into_inner();
    let items = answer.tags.into_iter().map(|tag| AssetTag {
        tag: tag.tag,
        assets: tag.assets,
    });
    Ok(Json(AssetTags {
        items: items.collect(),
    }))
}
