//! Private pools: workers of an organization's own.
use axum::{Json, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::PoolId;
use wt_proto::scan as wire;

use super::{
    access::{May, OrganizationWrite, RunsRead},
    etag::{self, IfMatch},
    extract::{Body, Checked, Segment},
    moment::Moment,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/pools`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_pools, create_pool))
        .routes(routes!(update_pool, delete_pool))
}

/// A private pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScanPool {
    /// `pol_…`; what its workers are given as `WT_POOL`.
    id: String,
    /// Name.
    name: String,
    /// Whether it takes the scans that name no pool, also of the organizations below without a
    /// default of their own.
    is_default: bool,
    /// Whose it is: this organization or one above it.
    tenant_key: String,
    /// Workers heard of within the last minute.
    workers: u32,
    /// When a worker was heard of last; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_heard_at: Option<Moment>,
    /// Jobs that wait for it.
    waiting_jobs: u64,
    /// When it was made.
    created_at: Moment,
    /// Grows with every change; also the `etag`.
    version: u64,
}

impl TryFrom<wire::Pool> for ScanPool {
    type Error = Problem;

    fn try_from(pool: wire::Pool) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("pool.created_at", pool.created_at.as_ref())?,
            last_heard_at: Moment::maybe(pool.last_heard_at.as_ref()),
            id: pool.id,
            name: pool.name,
            is_default: pool.is_default,
            tenant_key: pool.tenant_key,
            workers: pool.workers,
            waiting_jobs: pool.waiting_jobs,
            version: pool.version,
        })
    }
}

/// Pools of the organization and of those above it, and how many more the plan includes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScanPools {
    /// Own ones first.
    items: Vec<ScanPool>,
    /// Pools of everybody the same organization pays for.
    used: u32,
    /// How many the plan includes; absent for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    included: Option<u32>,
}

/// A pool to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScanPool {
    /// Name; an organization has no two pools of one name.
    #[schema(min_length = 1, max_length = 60, example = "Office network")]
    name: String,
    /// Whether it takes the scans that name no pool; no other pool does any more then.
    #[serde(default)]
    is_default: bool,
}

impl Checked for NewScanPool {}

/// Private pools the organization may use: its own and those of the organizations above.
#[utoipa::path(get, path = "/pools", tag = "scans",
    responses((status = 200, description = "the pools", body = ScanPools)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn list_pools(caller: May<RunsRead>) -> Result<Json<ScanPools>, Problem> {
    let request = wire::ListPoolsRequest {};
    let answer = caller.scans()?.list_pools(request).await?.into_inner();
    let pools = answer.pools.into_iter().map(ScanPool::try_from);
    Ok(Json(ScanPools {
        items: pools.collect::<Result<_, _>>()?,
        used: answer.used,
        included: answer.included,
    }))
}

/// Makes a private pool, if the plan includes one more.
#[utoipa::path(post, path = "/pools", tag = "scans", request_body = NewScanPool,
    responses((status = 201, description = "made", body = ScanPool)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn create_pool(
    caller: May<OrganizationWrite>,
    Body(new): Body<NewScanPool>,
) -> Result<Response, Problem> {
    let request = wire::CreatePoolRequest {
        name: new.name,
        is_default: new.is_default,
    };
    let answer = caller.scans()?.create_pool(request).await?.into_inner();
    answered(StatusCode::CREATED, answer.pool)
}

/// Renames a pool, or makes it the default or not.
#[utoipa::path(put, path = "/pools/{id}", tag = "scans", request_body = NewScanPool,
    params(("id" = String, Path, description = "pool (`pol_…`)"),
        ("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "as it is now", body = ScanPool)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn update_pool(
    caller: May<OrganizationWrite>,
    Segment(id): Segment<PoolId>,
    IfMatch(version): IfMatch,
    Body(new): Body<NewScanPool>,
) -> Result<Response, Problem> {
    let request = wire::UpdatePoolRequest {
        pool_id: id.to_string(),
        name: new.name,
        is_default: new.is_default,
        version,
    };
    let answer = caller
        .scans()?
        .update_pool(request)
        .await
        .map_err(etag::refused)?
        .into_inner();
    answered(StatusCode::OK, answer.pool)
}

/// Removes a pool that no run uses and that is not the default.
#[utoipa::path(delete, path = "/pools/{id}", tag = "scans",
    params(("id" = String, Path, description = "pool (`pol_…`)")),
    responses((status = 204, description = "removed")),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn delete_pool(
    caller: May<OrganizationWrite>,
    Segment(id): Segment<PoolId>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeletePoolRequest {
        pool_id: id.to_string(),
    };
    caller.scans()?.delete_pool(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answered(status: StatusCode, pool: Option<wire::Pool>) -> Result<Response, Problem> {
    let pool: ScanPool = pool
        .ok_or_else(|| Problem::broken_answer("pool"))?
        .try_into()?;
    Ok(etag::tagged(status, pool.version, pool))
}
