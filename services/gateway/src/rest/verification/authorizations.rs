//! Lists proofs of ownership.
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::AssetId;
use wt_proto::asset::ListAuthorizationsRequest;

use super::AuthorizationPage;
use crate::rest::{
    access::{AssetsRead, May},
    extract::{Checked, Params},
    page::PageQuery,
    problem::Problem,
    words::Word,
};

/// Which proofs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuthorizationFilter {
    /// Only of this asset.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    asset_id: Word<AssetId>,
}

impl Checked for AuthorizationFilter {}

/// Proofs of ownership, newest first, the withdrawn ones too.
#[utoipa::path(get, path = "/authorizations", tag = "verification",
    params(AuthorizationFilter, PageQuery),
    responses((status = 200, description = "a page of proofs", body = AuthorizationPage)),
    extensions(("x-permission" = json!("assets:read"))))]
pub(crate) async fn list_authorizations(
    caller: May<AssetsRead>,
    Params(filter): Params<AuthorizationFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<AuthorizationPage>, Problem> {
    let answer = caller
        .assets()?
        .list_authorizations(ListAuthorizationsRequest {
            page: Some(page.into()),
            asset_id: filter.asset_id.to_word(),
        })
        .await?
        .into_inner();
    AuthorizationPage::from_wire(answer.authorizations, answer.next_cursor).map(Json)
}
