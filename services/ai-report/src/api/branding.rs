//! How an organization's documents look.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_paper::{Brand, Rgb};
use wt_proto::report;

use super::Api;
use crate::{
    domain::branding::Branding,
    error::ReportFault,
    store::{self, branding::BrandingRow},
};

/// The look; ours while the organization has none of its own.
pub(super) async fn get_branding(
    api: &Api,
    principal: &Principal,
) -> Result<report::GetReportBrandingResponse, ReportFault> {
    may(principal, Permission::ReportsRead)?;
    let mut tx = api.pool.begin_read(principal, "get_branding").await?;
    let row = store::branding::find(&mut tx).await?;
    tx.commit().await?;
    Ok(report::GetReportBrandingResponse {
        branding: Some(row.unwrap_or_default().into()),
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
        branding: Some(row.into()),
    })
}

impl Default for BrandingRow {
    fn default() -> Self {
        let Brand {
            name,
            color: Rgb(red, green, blue),
            footer,
        } = Brand::default();
        Self {
            name,
            color: format!("#{red:02x}{green:02x}{blue:02x}"),
            footer,
        }
    }
}

impl BrandingRow {
    /// As documents take it.
    pub(crate) fn brand(&self) -> Result<Brand, ReportFault> {
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
        })
    }
}

impl From<BrandingRow> for report::ReportBranding {
    fn from(row: BrandingRow) -> Self {
        Self {
            name: row.name,
            color: row.color,
            footer: row.footer,
        }
    }
}
