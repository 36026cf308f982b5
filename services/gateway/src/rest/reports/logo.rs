//! The picture above an organization's documents.
use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa::ToSchema;
use wt_proto::report as wire;

use super::branding::{ReportBranding, shown};
use crate::rest::{
    access::{May, OrganizationWrite, ReportsRead},
    download::SANDBOX,
    extract::read,
    problem::{Problem, ProblemDocument},
};

/// Most bytes of a logo, as the service takes them.
const LOGO_BYTES_MAX: usize = 256 << 10;

/// A PNG.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "says what a body is")]
pub(crate) struct LogoFile(Vec<u8>);

/// The logo as it is kept.
#[utoipa::path(get, path = "/report-branding/logo", tag = "reports",
    responses((status = 200, description = "the picture", body = Vec<u8>, content_type = "image/png"),
        (status = 404, description = "there is none", body = ProblemDocument,
            content_type = "application/problem+json")),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn get_report_logo(caller: May<ReportsRead>) -> Result<Response, Problem> {
    let request = wire::GetReportLogoRequest {};
    let answer = caller.reports()?.get_report_logo(request).await?;
    let mut response = answer.into_inner().png.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(SANDBOX),
    );
    Ok(response)
}

/// Takes a logo for reports that are written from now on: a PNG of at most 256 kB and 2,000 by 1,000
/// pixels. It is read to its end and kept without what is no pixel.
#[utoipa::path(put, path = "/report-branding/logo", tag = "reports",
    request_body(content = LogoFile, content_type = "application/octet-stream",
        description = "the file, at most 256 kB"),
    responses((status = 200, description = "as it is now", body = ReportBranding)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn put_report_logo(
    caller: May<OrganizationWrite>,
    request: Request,
) -> Result<Json<ReportBranding>, Problem> {
    let png = read(request, &()).await?;
    if png.is_empty() {
        return Err(Problem::invalid_field("logo", "there is nothing in it"));
    }
    if png.len() > LOGO_BYTES_MAX {
        let reason = format!("expected at most {} kB", LOGO_BYTES_MAX >> 10);
        return Err(Problem::invalid_field("logo", reason));
    }
    let request = wire::PutReportLogoRequest { png: png.into() };
    let answer = caller.reports()?.put_report_logo(request).await?;
    shown(answer.into_inner().branding)
}

/// Removes the logo from reports that are written from now on.
#[utoipa::path(delete, path = "/report-branding/logo", tag = "reports",
    responses((status = 204, description = "there is none")),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn delete_report_logo(
    caller: May<OrganizationWrite>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeleteReportLogoRequest {};
    caller.reports()?.delete_report_logo(request).await?;
    Ok(StatusCode::NO_CONTENT)
}
