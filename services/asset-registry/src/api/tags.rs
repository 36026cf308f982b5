//! Tags of assets: what groups of them, and with them teams, are told apart by.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::asset;

use super::{Api, register_assets::TAG_CHARS_MAX};
use crate::{error::AssetFault, store};

/// Most tags listed: more than a list to choose from is read.
const TAGS_LISTED_MAX: i64 = 500;
/// Most assets of a tag that are asked about together.
const TAGGED_MAX: usize = 10_000;

/// The tags of live assets, most borne first.
pub(super) async fn list_tags(
    api: &Api,
    principal: &Principal,
) -> Result<asset::ListTagsResponse, AssetFault> {
    may(principal, Permission::AssetsRead)?;
    let mut tx = api.pool.begin_read(principal, "list_tags").await?;
    let rows = store::tag::list(&mut tx, TAGS_LISTED_MAX).await?;
    tx.commit().await?;
    let tags = rows.into_iter().map(|(tag, assets)| asset::AssetTag {
        tag,
        assets: u64::try_from(assets).unwrap_or_default(),
    });
    Ok(asset::ListTagsResponse {
        tags: tags.collect(),
    })
}

/// The assets that bear a tag, archived ones too: what they had been is asked about as well.
pub(super) async fn list_tagged(
    api: &Api,
    principal: &Principal,
    request: asset::ListTaggedRequest,
) -> Result<asset::ListTaggedResponse, AssetFault> {
    may(principal, Permission::AssetsRead)?;
    let tag = request.tag.trim();
    if tag.is_empty() || tag.chars().count() > TAG_CHARS_MAX || tag.chars().any(char::is_control) {
        let reason = format!("a tag is 1 to {TAG_CHARS_MAX} printable characters");
        return Err(AssetFault::field("tag", reason));
    }
    let mut tx = api.pool.begin_read(principal, "list_tagged").await?;
    let asset_ids = store::tag::assets(&mut tx, tag, TAGGED_MAX + 1).await?;
    tx.commit().await?;
    if asset_ids.len() > TAGGED_MAX {
        let reason = format!("more than {TAGGED_MAX} assets bear it");
        return Err(AssetFault::field("tag", reason));
    }
    Ok(asset::ListTaggedResponse { asset_ids })
}
