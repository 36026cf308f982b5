//! How it goes over time.
use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{AssetId, Permission};
use wt_proto::{asset::ListTaggedRequest, results as wire};

use super::{
    access::{Caller, ExposuresRead, May},
    extract::{Checked, Params},
    moment::Moment,
    problem::Problem,
    words::Word,
};
use crate::Edge;

/// Routes of `/trends`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_trends))
}

/// Which days, and of what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrendQuery {
    /// First day, UTC; 29 days before the last when left out. At most 400 days.
    #[serde(default)]
    #[param(max_length = 10, example = "2026-11-01")]
    from: String,
    /// Last day, UTC; today when left out.
    #[serde(default)]
    #[param(max_length = 10, example = "2026-11-30")]
    to: String,
    /// Only of this asset.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    asset_id: Word<AssetId>,
    /// Only of what this check sees; not with `asset_id`.
    #[serde(default)]
    #[param(max_length = 200)]
    check_id: String,
    /// Only of the assets that bear this tag now, such as those of a team; needs `assets:read`,
    /// too. Not with `asset_id` or `check_id`.
    #[serde(default)]
    #[param(max_length = 64)]
    asset_tag: String,
}

impl Checked for TrendQuery {
    fn check(&self) -> Result<(), Problem> {
        let narrowed = !self.asset_id.to_word().is_empty() || !self.check_id.is_empty();
        if narrowed && !self.asset_tag.is_empty() {
            let reason = "leave out asset_id and check_id";
            return Err(Problem::invalid_field("asset_tag", reason));
        }
        Ok(())
    }
}

/// How it goes over time (docs/guides/history.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Trends {
    /// Every day asked for that is kept, oldest first.
    days: Vec<TrendDay>,
    /// What the days came to.
    sums: TrendSums,
    /// Live exposures now, by how long they are there.
    ages: Vec<AgeBucket>,
    /// Live exposures now, by how their clock stands: `none`, `paused`, `within`, `breached`.
    by_sla: BTreeMap<String, u64>,
    /// Whether everything that is known is added up; else the newest is some seconds away.
    current: bool,
    /// Days before are kept no longer by the plan; null: none is missing.
    #[schema(required = true)]
    kept_since: Option<Moment>,
}

/// One day, UTC.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendDay {
    /// `2026-11-01`
    day: String,
    /// Live exposures at its end, by severity; a severity without any is left out.
    open: BTreeMap<String, u64>,
    /// First seen, or seen again after they were fixed.
    appeared: u64,
    /// Proven gone.
    fixed: u64,
    /// Of those: after the term of their severity.
    fixed_late: u64,
    /// Whether any result was applied; a day without one is a gap, not a zero.
    looked: bool,
}

/// What some days came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendSums {
    /// First seen, or seen again after they were fixed.
    appeared: u64,
    /// Proven gone.
    fixed: u64,
    /// Of those: after the term of their severity.
    fixed_late: u64,
    /// Seconds from when one appeared to when it was fixed, without those its clock stood; null
    /// when nothing was fixed.
    #[schema(required = true)]
    mean_time_to_fix_s: Option<u64>,
}

/// Live exposures that are about as old.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgeBucket {
    /// From this many days on.
    from_days: u32,
    /// To below this many; null for no end.
    #[schema(required = true)]
    to_days: Option<u32>,
    /// How many.
    open: u64,
}

/// Exposures over time: open, appeared, fixed and how long it took, a row a day.
#[utoipa::path(get, path = "/trends", tag = "dashboard", params(TrendQuery),
    responses((status = 200, description = "the days and what they came to", body = Trends)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn get_trends(
    caller: May<ExposuresRead>,
    Params(query): Params<TrendQuery>,
) -> Result<Json<Trends>, Problem> {
    let assets = match query.asset_tag.as_str() {
        "" => None,
        tag => Some(tagged(&caller, tag).await?),
    };
    let request = wire::GetTrendsRequest {
        from: query.from,
        to: query.to,
        asset_id: query.asset_id.to_word(),
        check_id: query.check_id,
        assets,
    };
    let answer = caller.results()?.get_trends(request).await?.into_inner();
    Ok(Json(answer.try_into()?))
}

/// The assets that bear a tag, as their registry knows them; none is not everything.
async fn tagged(caller: &Caller, tag: &str) -> Result<wire::TrendAssets, Problem> {
    caller.may(Permission::AssetsRead)?;
    let request = ListTaggedRequest {
        tag: tag.to_owned(),
    };
    let answer = caller.assets()?.list_tagged(request).await?.into_inner();
    Ok(wire::TrendAssets {
        ids: answer.asset_ids,
    })
}

impl TryFrom<wire::GetTrendsResponse> for Trends {
    type Error = Problem;

    fn try_from(answer: wire::GetTrendsResponse) -> Result<Self, Problem> {
        let sums = answer
            .sums
            .ok_or_else(|| Problem::broken_answer("get_trends.sums"))?;
        let days = answer.days.into_iter().map(|day| TrendDay {
            day: day.day,
            open: day.open,
            appeared: day.appeared,
            fixed: day.fixed,
            fixed_late: day.fixed_late,
            looked: day.looked,
        });
        let ages = answer.ages.into_iter().map(|bucket| AgeBucket {
            from_days: bucket.from_days,
            to_days: bucket.to_days,
            open: bucket.open,
        });
        Ok(Self {
            days: days.collect(),
            sums: TrendSums {
                appeared: sums.appeared,
                fixed: sums.fixed,
                fixed_late: sums.fixed_late,
                mean_time_to_fix_s: sums.mean_time_to_fix_s,
            },
            ages: ages.collect(),
            by_sla: answer.by_sla,
            current: answer.current,
            kept_since: Moment::maybe(answer.kept_since.as_ref()),
        })
    }
}
