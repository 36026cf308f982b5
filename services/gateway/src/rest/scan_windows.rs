//! When the organization's assets may be scanned.
use axum::{http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, Object, ObjectBuilder, Type},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_proto::scan as wire;

use super::{
    access::{May, OrganizationRead, OrganizationWrite},
    etag::{self, IfMatch},
    extract::{Body, Checked},
    moment::Moment,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/scan-windows`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_scan_windows, put_scan_windows))
}

/// Weekly windows and blackouts (docs/guides/scan-windows.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScanWindows {
    /// Blackouts add up; windows that name an asset replace the others for it; without any window,
    /// every time is one.
    rules: Vec<ScanWindowRule>,
    /// Grows with every edit; also the `etag`.
    version: u64,
    /// How assets that no rule names stand now.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<ScanOpening>,
}

/// Whether assets may be scanned at the moment of the answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScanOpening {
    is_open: bool,
    /// When that changes; absent: not within two weeks.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes_at: Option<Moment>,
}

/// The rules as they are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScanWindows {
    /// All of them; what is left out is gone.
    #[schema(max_items = 100)]
    rules: Vec<ScanWindowRule>,
}

/// One weekly rule.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScanWindowRule {
    /// Whether assets may be scanned then, or may not.
    #[schema(schema_with = kind)]
    kind: String,
    /// Whose clocks it goes by: a name of the IANA database.
    #[schema(max_length = 64, example = "Europe/Berlin")]
    time_zone: String,
    /// The days on which it begins.
    #[schema(schema_with = days)]
    days: Vec<String>,
    /// When it begins.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:00")]
    from: String,
    /// When it ends, on the next day where that is not after `from`; `24:00` is the end of a day.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "18:00")]
    to: String,
    /// What it is about; left out: every asset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500, required = false)]
    asset_ids: Vec<String>,
}

fn kind() -> RefOr<Schema> {
    RefOr::T(Schema::Object(one_of(&["window", "blackout"])))
}

fn days() -> RefOr<Schema> {
    let day = one_of(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    let days = ArrayBuilder::new().items(RefOr::T(Schema::Object(day)));
    let days = days.min_items(Some(1)).max_items(Some(7)).build();
    RefOr::T(Schema::Array(days))
}

fn one_of(words: &[&str]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().copied()))
        .build()
}

impl Checked for NewScanWindows {}

/// When assets may be scanned.
#[utoipa::path(get, path = "/scan-windows", tag = "scans",
    responses((status = 200, description = "the rules", body = ScanWindows)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn get_scan_windows(caller: May<OrganizationRead>) -> Result<Response, Problem> {
    let request = wire::GetScanWindowsRequest {};
    let answer = caller.scans()?.get_scan_windows(request).await?;
    answered(answer.into_inner().windows)
}

/// Changes when assets may be scanned; runs that are requested from then on keep to it.
#[utoipa::path(put, path = "/scan-windows", tag = "scans", request_body = NewScanWindows,
    params(("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "the rules now", body = ScanWindows)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn put_scan_windows(
    caller: May<OrganizationWrite>,
    IfMatch(version): IfMatch,
    Body(new): Body<NewScanWindows>,
) -> Result<Response, Problem> {
    let rules = new.rules.into_iter().map(|rule| wire::ScanWindowRule {
        kind: rule.kind,
        time_zone: rule.time_zone,
        days: rule.days,
        from: rule.from,
        to: rule.to,
        asset_ids: rule.asset_ids,
    });
    let windows = wire::ScanWindows {
        rules: rules.collect(),
        version,
        now: None,
    };
    let request = wire::PutScanWindowsRequest {
        windows: Some(windows),
    };
    let answer = caller
        .scans()?
        .put_scan_windows(request)
        .await
        .map_err(etag::refused)?
        .into_inner();
    answered(answer.windows)
}

fn answered(windows: Option<wire::ScanWindows>) -> Result<Response, Problem> {
    let windows = windows.ok_or_else(|| Problem::broken_answer("scan.windows"))?;
    let version = windows.version;
    let rules = windows.rules.into_iter().map(|rule| ScanWindowRule {
        kind: rule.kind,
        time_zone: rule.time_zone,
        days: rule.days,
        from: rule.from,
        to: rule.to,
        asset_ids: rule.asset_ids,
    });
    let windows = ScanWindows {
        rules: rules.collect(),
        version,
        now: windows.now.map(|now| ScanOpening {
            is_open: now.is_open,
            changes_at: Moment::maybe(now.changes_at.as_ref()),
        }),
    };
    Ok(etag::tagged(StatusCode::OK, version, windows))
}
