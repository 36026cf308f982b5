//! Registers assets: each line of the request succeeds or is refused by itself (contracts §11).

use ulid::Ulid;
use wt_auth::may;
use wt_model::{ASSETS_PER_REQUEST_MAX, AssetId, Permission, Principal, TypedId};
use wt_pg::TenantTx;
use wt_proto::{asset, event};
use wt_scope::normalise_asset;

use super::Api;
use crate::{error::AssetFault, store, wire};

/// Most tags of one asset, and characters of one tag: they are labels, not documents.
const TAGS_MAX: usize = 20;
pub(super) const TAG_CHARS_MAX: usize = 64;

pub(super) async fn register_assets(
    api: &Api,
    principal: &Principal,
    request: asset::RegisterAssetsRequest,
) -> Result<asset::RegisterAssetsResponse, AssetFault> {
    may(principal, Permission::AssetsWrite)?;
    if request.assets.len() > ASSETS_PER_REQUEST_MAX {
        return Err(AssetFault::TooMany {
            max: ASSETS_PER_REQUEST_MAX,
        });
    }
    let mut tx = api.pool.begin(principal, "register_assets").await?;
    let mut results = Vec::with_capacity(request.assets.len());
    for new in request.assets {
        results.push(register(&mut tx, new).await?);
    }
    tx.commit().await?;
    Ok(asset::RegisterAssetsResponse { results })
}

async fn register(
    tx: &mut TenantTx,
    new: asset::NewAsset,
) -> Result<asset::RegisteredAsset, AssetFault> {
    let kind = match wire::optional("kind", &new.kind) {
        Ok(kind) => kind,
        Err(fault) => return Ok(invalid(new.value, &fault)),
    };
    let tags = match tags(new.tags) {
        Ok(tags) => tags,
        Err(fault) => return Ok(invalid(new.value, &fault)),
    };
    let (kind, value) = match normalise_asset(kind, &new.value) {
        Ok(normalised) => normalised,
        Err(fault) => return Ok(invalid(new.value, &fault)),
    };
    let id = AssetId::from_ulid(Ulid::generate());
    let registered = store::asset::insert_unless_present(tx, id, kind, &value, &tags).await?;
    if registered {
        let added = event::AssetAdded {
            asset_id: id.to_string(),
            kind: kind.to_string(),
            value: value.clone(),
        };
        wt_outbox::enqueue(tx, &added).await?;
        let after = serde_json::json!({ "kind": kind, "value": value, "tags": tags });
        wt_audit::record(tx, "asset.register", &id.to_string(), None, Some(&after)).await?;
    }
    // An asset that was there already is answered as it is: registering is repeatable.
    let row = store::asset::find_by_value(tx, &value)
        .await?
        .ok_or(AssetFault::AssetUnknown)?;
    Ok(asset::RegisteredAsset {
        value: new.value,
        status: if registered { "registered" } else { "exists" }.to_owned(),
        asset: Some((&row).into()),
        code: String::new(),
        reason: String::new(),
    })
}

fn tags(tags: Vec<String>) -> Result<Vec<String>, AssetFault> {
    if tags.len() > TAGS_MAX {
        return Err(AssetFault::field(
            "tags",
            format!("at most {TAGS_MAX} tags"),
        ));
    }
    let mut kept: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags {
        let fits = tag.chars().count() <= TAG_CHARS_MAX;
        let tag = tag.trim().to_owned();
        if !fits || tag.is_empty() || tag.chars().any(char::is_control) {
            let reason = format!("a tag is 1 to {TAG_CHARS_MAX} printable characters");
            return Err(AssetFault::field("tags", reason));
        }
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    Ok(kept)
}

fn invalid(value: String, fault: &impl wt_fault::Fault) -> asset::RegisteredAsset {
    asset::RegisteredAsset {
        value,
        status: "invalid".to_owned(),
        asset: None,
        code: fault.code().to_owned(),
        reason: fault.to_string(),
    }
}
