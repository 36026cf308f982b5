//! A page of proofs, newest first, ended ones included.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::{Cursor, Page};
use wt_proto::asset;

use super::Api;
use crate::{error::AssetFault, store, wire};

pub(super) async fn list_authorizations(
    api: &Api,
    principal: &Principal,
    request: asset::ListAuthorizationsRequest,
) -> Result<asset::ListAuthorizationsResponse, AssetFault> {
    may(principal, Permission::AssetsRead)?;
    let asset_id = wire::optional("asset_id", &request.asset_id)?;
    let page = Page::read("authorizations", request.page.as_ref())?;
    let mut tx = api
        .pool
        .begin_read(principal, "list_authorizations")
        .await?;
    let rows = store::authorization::page(&mut tx, asset_id, page.after(), page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| {
        Cursor::new("authorizations", row.verified_at, &row.id)
    });
    Ok(asset::ListAuthorizationsResponse {
        authorizations: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    })
}
