//! Lists assets.
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::AssetKind;
use wt_proto::asset::ListAssetsRequest;

use super::AssetPage;
use crate::rest::{
    access::{AssetsRead, May},
    extract::{Checked, Params},
    page::PageQuery,
    problem::Problem,
    words::Word,
};

/// Which assets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssetFilter {
    /// Start of the value.
    #[serde(default)]
    #[param(max_length = 255)]
    q: String,
    /// Only this kind.
    #[serde(default)]
    #[param(schema_with = crate::rest::words::asked_asset_kind, required = false)]
    kind: Word<AssetKind>,
    /// Only those with (`verified`) or without (`unverified`) a live authorization.
    #[serde(default)]
    #[param(inline)]
    state: Option<VerificationState>,
    /// Whether to say what is open on each of them (`open`); needs `exposures:read`, too.
    #[serde(default)]
    open: bool,
}

/// Whether ownership is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerificationState {
    /// It is.
    Verified,
    /// It is not.
    Unverified,
}

impl Checked for AssetFilter {}

/// Assets of the organization, newest first.
#[utoipa::path(get, path = "/assets", tag = "assets", params(AssetFilter, PageQuery),
    responses((status = 200, description = "a page of assets", body = AssetPage)),
    extensions(("x-permission" = json!("assets:read"))))]
pub(crate) async fn list_assets(
    caller: May<AssetsRead>,
    Params(filter): Params<AssetFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<AssetPage>, Problem> {
    let mut assets = caller.assets()?;
    let request = ListAssetsRequest {
        page: Some(page.into()),
        query: filter.q,
        kind: filter.kind.to_word(),
        verification: match filter.state {
            Some(VerificationState::Verified) => "verified".to_owned(),
            Some(VerificationState::Unverified) => "unverified".to_owned(),
            None => String::new(),
        },
        ids: Vec::new(),
    };
    let (answer, runs) = futures::join!(
        assets.list_assets(request),
        super::last_run::recent(&caller)
    );
    let answer = answer?.into_inner();
    let mut page = AssetPage::from_wire(answer.assets, answer.next_cursor)?;
    for asset in &mut page.items {
        asset.last_run = runs.get(&asset.id).cloned();
    }
    if filter.open {
        super::open::count(&caller, &mut page.items).await;
    }
    Ok(Json(page))
}
