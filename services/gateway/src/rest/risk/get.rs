//! Scores of the organization and its assets.
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wt_model::AssetId;
use wt_proto::results::{GetRiskRequest, GetRiskResponse};

use crate::rest::{
    access::{ExposuresRead, May},
    extract::{Checked, Params},
    moment::Moment,
    problem::Problem,
    words::Listed,
};

/// Of which assets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RiskQuery {
    /// Of these assets, separated by commas; of the worst when left out.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    asset_id: Listed<AssetId>,
    /// Assets when `asset_id` is left out; 50 when this is left out, too.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl Checked for RiskQuery {
    fn check(&self) -> Result<(), Problem> {
        match self.limit {
            Some(limit) if !(1..=200).contains(&limit) => {
                Err(Problem::invalid_field("limit", "expected 1 to 200"))
            }
            _ => Ok(()),
        }
    }
}

/// How urgent things are (docs/guides/risk.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OverallRisk {
    /// Of the organization, from 0 to 100.
    #[schema(maximum = 100)]
    score: u32,
    /// Live exposures that nobody accepted or declared wrong: what scores are made of.
    open: u64,
    /// Worst first; assets without such exposures are not among them.
    assets: Vec<AssetRisk>,
    /// What is known of CVEs: files an operator imported.
    feeds: Vec<RiskFeed>,
}

/// How urgent things are on one asset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetRisk {
    /// `ast_…`
    asset_id: String,
    /// From 0 to 100.
    #[schema(maximum = 100)]
    score: u32,
    /// Live exposures that nobody accepted or declared wrong.
    open: u64,
}

/// A file about CVEs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RiskFeed {
    /// `epss` or `kev`.
    name: String,
    /// The day or moment the file says it is of.
    dated: String,
    /// CVEs in it.
    rows: u64,
    /// When it was imported.
    imported_at: Moment,
}

/// Scores of the organization and of its assets.
#[utoipa::path(get, path = "/risk", tag = "dashboard", params(RiskQuery),
    responses((status = 200, description = "the scores", body = OverallRisk)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_risk(
    caller: May<ExposuresRead>,
    Params(query): Params<RiskQuery>,
) -> Result<Json<OverallRisk>, Problem> {
    let answer = caller
        .results()?
        .get_risk(GetRiskRequest {
            asset_ids: query.asset_id.to_words(),
            limit: query.limit.unwrap_or_default(),
        })
        .await?
        .into_inner();
    Ok(Json(answer.try_into()?))
}

impl TryFrom<GetRiskResponse> for OverallRisk {
    type Error = Problem;

    fn try_from(answer: GetRiskResponse) -> Result<Self, Problem> {
        let assets = answer.assets.into_iter().map(|asset| AssetRisk {
            asset_id: asset.asset_id,
            score: asset.score,
            open: asset.open,
        });
        let feeds = answer.feeds.into_iter().map(|feed| {
            Ok(RiskFeed {
                imported_at: Moment::required("feed.imported_at", feed.imported_at.as_ref())?,
                name: feed.name,
                dated: feed.dated,
                rows: feed.rows,
            })
        });
        Ok(Self {
            score: answer.score,
            open: answer.open,
            assets: assets.collect(),
            feeds: feeds.collect::<Result<_, Problem>>()?,
        })
    }
}
