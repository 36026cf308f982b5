//! What of the organization's assets is never scanned.
use axum::{http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::scan as wire;

use super::{
    access::{May, OrganizationRead, OrganizationWrite},
    etag::{self, IfMatch},
    extract::{Body, Checked},
    problem::Problem,
};
use crate::Edge;

/// Routes of `/scan-exclusions`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_scan_exclusions, put_scan_exclusions))
}

/// What is never scanned, whatever is authorized (docs/guides/scan-exclusions.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScanExclusions {
    /// All of them.
    exclusions: Vec<ScanExclusion>,
    /// Grows with every edit; also the `etag`.
    version: u64,
}

/// The exclusions as they are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScanExclusions {
    /// All of them; what is left out is scanned again.
    #[schema(max_items = 200)]
    exclusions: Vec<ScanExclusion>,
}

/// One exclusion.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScanExclusion {
    /// A name, an address, a network, or `port:` and ports such as `port:25,8000-8100`.
    #[schema(min_length = 1, max_length = 300, example = "192.0.2.0/28")]
    what: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 200, required = false)]
    reason: String,
}

impl Checked for NewScanExclusions {}

/// What is never scanned.
#[utoipa::path(get, path = "/scan-exclusions", tag = "scans",
    responses((status = 200, description = "the exclusions", body = ScanExclusions)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn get_scan_exclusions(
    caller: May<OrganizationRead>,
) -> Result<Response, Problem> {
    let request = wire::GetScanExclusionsRequest {};
    let answer = caller.scans()?.get_scan_exclusions(request).await?;
    answered(answer.into_inner().exclusions)
}

/// Changes what is never scanned; runs that are requested from then on keep to it.
#[utoipa::path(put, path = "/scan-exclusions", tag = "scans", request_body = NewScanExclusions,
    params(("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "the exclusions now", body = ScanExclusions)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn put_scan_exclusions(
    caller: May<OrganizationWrite>,
    IfMatch(version): IfMatch,
    Body(new): Body<NewScanExclusions>,
) -> Result<Response, Problem> {
    let exclusions = new.exclusions.into_iter().map(|each| wire::ScanExclusion {
        what: each.what,
        reason: each.reason,
    });
    let exclusions = wire::ScanExclusions {
        exclusions: exclusions.collect(),
        version,
    };
    let request = wire::PutScanExclusionsRequest {
        exclusions: Some(exclusions),
    };
    let answer = caller
        .scans()?
        .put_scan_exclusions(request)
        .await
        .map_err(etag::refused)?
        .into_inner();
    answered(answer.exclusions)
}

fn answered(exclusions: Option<wire::ScanExclusions>) -> Result<Response, Problem> {
    let told = exclusions.ok_or_else(|| Problem::broken_answer("scan.exclusions"))?;
    let version = told.version;
    let exclusions = told.exclusions.into_iter().map(|each| ScanExclusion {
        what: each.what,
        reason: each.reason,
    });
    let exclusions = ScanExclusions {
        exclusions: exclusions.collect(),
        version,
    };
    Ok(etag::tagged(StatusCode::OK, version, exclusions))
}
