//! How an organization's documents look.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_paper::{Brand, Logo, Rgb};
use wt_proto::report;

use super::Api;
use crate::{
    domain::branding::Branding,
    error::ReportFault,
    store::{self, branding::BrandingRow, logo::LogoRow},
};

/// The look; ours while the organization has none of its own.
pub(super) async fn get_branding(
    api: &Api,
    principal: &Principal,
) -> Result<report::GetReportBrandingResponse, ReportFault> {
    may(principal, Permission::ReportsRead)?;
    let mut tx = api.pool.begin_read(principal, "get_branding").await?;
    let row = store::branding::find(&mut tx).await?;
    let logo = store::logo::find(&mut tx).await?;
    tx.commit().await?;
    Ok(report::GetReportBrandingResponse {
        branding: Some(row.unwrap_or_default().shown(logo)),
    })
}

/// Sets the look of what is written from now on.
pub(super) async fn put_branding(
    api: &Api,
    principal: &Principal,
    request: report::PutReportBrandingRequest,
) -> Result<report::PutReportBrandingResponse, ReportFault> {
    may(principal, Permission::OrganizationWrite)?;
    let report::ReportBranding {
        name,
        color,
        footer,
        // Changed by its own requests alone.
        logo: _,
    } = request.branding.unwrap_or_default();
    Branding::of(&name, &color, &footer)
        .map_err(|fault| ReportFault::field(fault.field(), fault))?;
    let row = BrandingRow {
        name,
        color: color.to_ascii_lowercase(),
        footer,
    };
    let mut tx = api.pool.begin(principal, "put_branding").await?;
    let before = store::branding::find(&mut tx).await?;
    store::branding::put(&mut tx, &row).await?;
    let said = |row: &BrandingRow| serde_json::json!({ "name": row.name, "color": row.color, "footer": row.footer });
    let logo = store::logo::find(&mut tx).await?;
    let tenant = tx.tenant_key().to_string();
    let (before, after) = (before.as_ref().map(said), said(&row));
    wt_audit::record(
        &mut tx,
        "report.branding.set",
        &tenant,
        before.as_ref(),
        Some(&after),
    )
    .await?;
    tx.commit().await?;
    Ok(report::PutReportBrandingResponse {
        branding: Some(row.shown(logo)),
    })
}

impl Default for BrandingRow {
    fn default() -> Self {
        let Brand {
            name,
            color: Rgb(red, green, blue),
            footer,
            logo: _,
        } = Brand::default();
        Self {
            name,
            color: format!("#{red:02x}{green:02x}{blue:02x}"),
            footer,
        }
    }
}

impl BrandingRow {
    /// As documents take it, with the file of the logo if there is one.
    pub(crate) fn brand(&self, logo: Option<Logo>) -> Result<Brand, ReportFault> {
        let Branding {
            name,
            color: (red, green, blue),
            footer,
        } = Branding::of(&self.name, &self.color, &self.footer)
            .map_err(|fault| ReportFault::inconsistent("report.branding", fault))?;
        Ok(Brand {
            name,
            color: Rgb(red, green, blue),
            footer,
            logo,
        })
    }

    /// As it is told, with what is known of the logo.
    pub(super) fn shown(self, logo: Option<LogoRow>) -> report::ReportBranding {
        report::ReportBranding {
            name: self.name,
            color: self.color,
            footer: self.footer,
            logo: logo.map(Into::into),
        }
    }
}
