//! A page of live assets, newest first.

use prost::Message as _;
use wt_auth::may;
use wt_model::{AssetId, Permission, Principal};
use wt_pg::{Cursor, Page};
use wt_proto::asset;

use super::Api;
use crate::{
    error::AssetFault,
    store::{self, asset::Filter},
    wire,
};

/// Longest text searched for: a host name (RFC 1035 §2.3.4).
const QUERY_CHARS_MAX: usize = 255;
/// Most assets asked for by their ids: as many as a graph has nodes.
const IDS_MAX: usize = 500;

pub(super) async fn list_assets(
    api: &Api,
    principal: &Principal,
    request: asset::ListAssetsRequest,
) -> Result<asset::ListAssetsResponse, AssetFault> {
    may(principal, Permission::AssetsRead)?;
    if !request.ids.is_empty() {
        return named(api, principal, &request.ids).await;
    }
    let question = request.encode_to_vec();
    api.pages
        .get(principal, question, || page(api, principal, request))
        .await
}

/// The assets of these ids that are there, however they are listed.
async fn named(
    api: &Api,
    principal: &Principal,
    ids: &[String],
) -> Result<asset::ListAssetsResponse, AssetFault> {
    if ids.len() > IDS_MAX {
        return Err(AssetFault::field("ids", format!("at most {IDS_MAX}")));
    }
    let ids: Vec<AssetId> = ids
        .iter()
        .map(|id| wire::id("ids", id))
        .collect::<Result<_, _>>()?;
    let mut tx = api.pool.begin_read(principal, "list_named_assets").await?;
    let rows = store::asset::list_by_ids(&mut tx, &ids).await?;
    tx.commit().await?;
    Ok(asset::ListAssetsResponse {
        assets: rows.iter().map(Into::into).collect(),
        next_cursor: String::new(),
    })
}

async fn page(
    api: &Api,
    principal: &Principal,
    request: asset::ListAssetsRequest,
) -> Result<asset::ListAssetsResponse, AssetFault> {
    if request.query.chars().count() > QUERY_CHARS_MAX || request.query.contains('\0') {
        let reason = format!("at most {QUERY_CHARS_MAX} printable characters");
        return Err(AssetFault::field("query", reason));
    }
    let filter = Filter {
        query: (!request.query.is_empty()).then_some(request.query),
        kind: wire::optional("kind", &request.kind)?,
        verified: match request.verification.as_str() {
            "" => None,
            "verified" => Some(true),
            "unverified" => Some(false),
            _ => {
                let reason = "expected verified or unverified";
                return Err(AssetFault::field("verification", reason));
            }
        },
    };
    let page = Page::read("assets", request.page.as_ref())?;
    let mut read = api.pool.read_once(principal).await?;
    let rows = store::asset::page(&mut read, &filter, page.after(), page.limit()).await?;
    read.finish();
    let (rows, next_cursor) = page.cut(rows, |row| {
        Cursor::new("assets", row.created_at, &row.id.to_string())
    });
    Ok(asset::ListAssetsResponse {
        assets: rows.iter().map(Into::into).collect(),
        next_cursor,
    })
}
