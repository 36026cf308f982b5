//! What an organization owns.
mod archive;
mod exposures;
mod get;
mod last_run;
mod list;
mod open;
mod register;
mod register_many;
mod scans;
mod tags;

pub(crate) use last_run::RecentRuns;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{ASSETS_PER_REQUEST_MAX, AssetKind};
use wt_proto::asset as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/assets`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_assets, register::register_asset))
        .routes(routes!(register_many::register_assets))
        .routes(routes!(get::get_asset, archive::archive_asset))
        .routes(routes!(scans::list_asset_scans))
        .routes(routes!(exposures::list_asset_exposures))
        .routes(routes!(tags::list_asset_tags))
}

/// Something an organization owns.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asset {
    /// `ast_…`
    pub(crate) id: String,
    /// What it is.
    #[schema(schema_with = crate::rest::words::asset_kind)]
    pub(crate) kind: String,
    /// Normalised: punycode, lower case, canonical address or network.
    pub(crate) value: String,
    /// Labels.
    pub(crate) tags: Vec<String>,
    /// Whether a live authorization exists.
    pub(crate) verified: bool,
    /// The live authorization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authorization: Option<AssetAuthorization>,
    /// When it was registered.
    pub(crate) created_at: Moment,
    /// Its newest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_run: Option<LastRun>,
    /// Live exposures by severity, in a list that was asked for them by somebody who may read
    /// them; a severity without any is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) open: Option<BTreeMap<String, u64>>,
}

/// The live proof of ownership, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetAuthorization {
    /// `auz_…`
    pub(crate) id: String,
    /// How it was proven.
    #[schema(schema_with = crate::rest::words::method)]
    pub(crate) method: String,
    /// When.
    pub(crate) verified_at: Moment,
    /// Until when it holds.
    pub(crate) expires_at: Moment,
}

/// A run, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LastRun {
    /// `run_…`
    pub(crate) id: String,
    /// State it is in.
    #[schema(schema_with = crate::rest::words::run_state)]
    pub(crate) state: String,
    /// When it was requested.
    pub(crate) created_at: Moment,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<Moment>,
}

impl TryFrom<wire::Asset> for Asset {
    type Error = Problem;

    fn try_from(asset: wire::Asset) -> Result<Self, Problem> {
        let authorization = asset
            .authorization
            .map(|proof| {
                Ok::<_, Problem>(AssetAuthorization {
                    verified_at: Moment::required(
                        "authorization.verified_at",
                        proof.verified_at.as_ref(),
                    )?,
                    expires_at: Moment::required(
                        "authorization.expires_at",
                        proof.expires_at.as_ref(),
                    )?,
                    id: proof.id,
                    method: proof.method,
                })
            })
            .transpose()?;
        Ok(Self {
            created_at: Moment::required("asset.created_at", asset.created_at.as_ref())?,
            id: asset.id,
            kind: asset.kind,
            value: asset.value,
            tags: asset.tags,
            verified: authorization.is_some(),
            authorization,
            last_run: None,
            open: None,
        })
    }
}

page!(
    /// Assets of the organization.
    AssetPage of Asset
);

/// An asset to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAsset {
    /// What it is; guessed from the value when left out.
    #[serde(default)]
    #[schema(schema_with = crate::rest::words::optional_asset_kind, required = false)]
    pub(crate) kind: Option<AssetKind>,
    /// Domain, address or network.
    #[schema(example = "example.com")]
    pub(crate) value: String,
    /// Labels.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

impl Checked for NewAsset {}

impl From<NewAsset> for wire::NewAsset {
    fn from(new: NewAsset) -> Self {
        Self {
            kind: new.kind.map(|kind| kind.to_string()).unwrap_or_default(),
            value: new.value,
            tags: new.tags,
        }
    }
}

/// Assets to register at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAssets {
    /// At most 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    pub(crate) assets: Vec<NewAsset>,
}

impl Checked for NewAssets {
    fn check(&self) -> Result<(), Problem> {
        if self.assets.is_empty() || self.assets.len() > ASSETS_PER_REQUEST_MAX {
            return Err(Problem::invalid_field(
                "assets",
                format!("must hold between 1 and {ASSETS_PER_REQUEST_MAX} assets"),
            ));
        }
        Ok(())
    }
}

/// What became of each asset of a request, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredAssets {
    /// One a line of the request.
    pub(crate) results: Vec<RegisteredAsset>,
}

/// What became of one asset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredAsset {
    /// As it was given.
    pub(crate) value: String,
    /// What became of it.
    pub(crate) status: RegistrationStatus,
    /// The asset, unless it was invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) asset: Option<Asset>,
    /// Permanent code of why it was invalid.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) code: String,
    /// Why it was invalid.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) reason: String,
}

/// What became of an asset to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RegistrationStatus {
    /// It is new.
    Registered,
    /// It was there.
    Exists,
    /// It cannot be an asset.
    Invalid,
}

impl TryFrom<wire::RegisteredAsset> for RegisteredAsset {
    type Error = Problem;

    fn try_from(line: wire::RegisteredAsset) -> Result<Self, Problem> {
        Ok(Self {
            status: match line.status.as_str() {
                "registered" => RegistrationStatus::Registered,
                "exists" => RegistrationStatus::Exists,
                "invalid" => RegistrationStatus::Invalid,
                _ => return Err(Problem::broken_answer("registered_asset.status")),
            },
            value: line.value,
            asset: line.asset.map(TryFrom::try_from).transpose()?,
            code: line.code,
            reason: line.reason,
        })
    }
}
