//! How an organization's documents look.
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_proto::report as wire;

use crate::rest::{
    access::{May, OrganizationWrite, ReportsRead},
    extract::{Body, Checked},
    problem::Problem,
};

/// How documents are to look; what `/report-branding/logo` holds stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReportBranding {
    /// Stands above the title.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// Of name, headings and links; a contrast of 4.5 to 1 on white is needed.
    #[schema(example = "#1f5fbf", pattern = "^#[0-9a-fA-F]{6}$")]
    color: String,
    /// Stands at the foot of every page.
    #[serde(default)]
    #[schema(max_length = 120)]
    footer: String,
}

impl Checked for NewReportBranding {}

/// How documents look.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportBranding {
    /// Stands above the title.
    name: String,
    /// Of name, headings and links: `#1f5fbf`.
    color: String,
    /// Stands at the foot of every page; may be empty.
    footer: String,
    /// Stands above the name: what `/report-branding/logo` gives; null for none.
    #[schema(required = true)]
    logo: Option<ReportLogo>,
}

/// What is known of a logo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportLogo {
    /// Pixels beside each other.
    width: u32,
    /// Pixels below each other.
    height: u32,
    /// Of the file as it is kept, in hexadecimal.
    sha256: String,
}

/// How the organization's reports look.
#[utoipa::path(get, path = "/report-branding", tag = "reports",
    responses((status = 200, description = "the look", body = ReportBranding)),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn get_report_branding(
    caller: May<ReportsRead>,
) -> Result<Json<ReportBranding>, Problem> {
    let request = wire::GetReportBrandingRequest {};
    let answer = caller.reports()?.get_report_branding(request).await?;
    shown(answer.into_inner().branding)
}

/// Sets how reports look that are written from now on.
#[utoipa::path(put, path = "/report-branding", tag = "reports", request_body = NewReportBranding,
    responses((status = 200, description = "as it is now", body = ReportBranding)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn put_report_branding(
    caller: May<OrganizationWrite>,
    Body(new): Body<NewReportBranding>,
) -> Result<Json<ReportBranding>, Problem> {
    let request = wire::PutReportBrandingRequest {
        branding: Some(wire::ReportBranding {
            name: new.name,
            color: new.color,
            footer: new.footer,
            logo: None,
        }),
    };
    let answer = caller.reports()?.put_report_branding(request).await?;
    shown(answer.into_inner().branding)
}

pub(super) fn shown(
    branding: Option<wire::ReportBranding>,
) -> Result<Json<ReportBranding>, Problem> {
    let wire::ReportBranding {
        name,
        color,
        footer,
        logo,
    } = branding.ok_or_else(|| Problem::broken_answer("report_branding"))?;
    Ok(Json(ReportBranding {
        name,
        color,
        footer,
        logo: logo.map(|logo| ReportLogo {
            width: logo.width,
            height: logo.height,
            sha256: logo.sha256,
        }),
    }))
}
