//! The picture above an organization's documents.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_paper::Logo;
use wt_proto::report;

use super::Api;
use crate::{
    error::ReportFault,
    store::{self, logo::LogoRow},
};

/// The file as it is kept.
pub(super) async fn get_logo(
    api: &Api,
    principal: &Principal,
) -> Result<report::GetReportLogoResponse, ReportFault> {
    may(principal, Permission::ReportsRead)?;
    let mut tx = api.pool.begin_read(principal, "get_logo").await?;
    let png = store::logo::file(&mut tx).await?;
    tx.commit().await?;
    Ok(report::GetReportLogoResponse {
        png: png.ok_or(ReportFault::LogoUnknown)?,
    })
}

/// Takes a picture for what is written from now on.
pub(super) async fn put_logo(
    api: &Api,
    principal: &Principal,
    request: report::PutReportLogoRequest,
) -> Result<report::PutReportLogoResponse, ReportFault> {
    may(principal, Permission::OrganizationWrite)?;
    // Unpacking and packing takes a processor a while.
    let read = tokio::task::spawn_blocking(move || Logo::read(&request.png)).await?;
    let logo = read.map_err(|fault| ReportFault::field("logo", fault))?;
    let row = row(&logo)?;
    let mut tx = api.pool.begin(principal, "put_logo").await?;
    let before = store::logo::find(&mut tx).await?;
    store::logo::put(&mut tx, &row, logo.png()).await?;
    let branding = store::branding::find(&mut tx).await?.unwrap_or_default();
    let tenant = tx.tenant_key().to_string();
    let (before, after) = (before.as_ref().map(said), said(&row));
    let action = "report.logo.set";
    wt_audit::record(&mut tx, action, &tenant, before.as_ref(), Some(&after)).await?;
    tx.commit().await?;
    Ok(report::PutReportLogoResponse {
        branding: Some(branding.shown(Some(row))),
    })
}

/// What is written from now on has none.
pub(super) async fn delete_logo(
    api: &Api,
    principal: &Principal,
) -> Result<report::DeleteReportLogoResponse, ReportFault> {
    may(principal, Permission::OrganizationWrite)?;
    let mut tx = api.pool.begin(principal, "delete_logo").await?;
    if let Some(before) = store::logo::find(&mut tx).await? {
        store::logo::delete(&mut tx).await?;
        let tenant = tx.tenant_key().to_string();
        let action = "report.logo.remove";
        wt_audit::record(&mut tx, action, &tenant, Some(&said(&before)), None).await?;
    }
    tx.commit().await?;
    Ok(report::DeleteReportLogoResponse {})
}

fn said(row: &LogoRow) -> Value {
    json!({ "width": row.width, "height": row.height, "sha256": row.sha256 })
}

fn row(logo: &Logo) -> Result<LogoRow, ReportFault> {
    let pixels =
        |n: u32| i32::try_from(n).map_err(|error| ReportFault::inconsistent("logo", error));
    let (width, height) = logo.size();
    Ok(LogoRow {
        width: pixels(width)?,
        height: pixels(height)?,
        sha256: hex::encode(digest(&SHA256, logo.png())),
    })
}

impl LogoRow {
    /// As documents take it.
    pub(crate) fn logo(&self, png: Vec<u8>) -> Logo {
        let pixels = |n: i32| u32::try_from(n).unwrap_or_default();
        Logo::kept(png, pixels(self.width), pixels(self.height))
    }
}

impl From<LogoRow> for report::ReportLogo {
    fn from(row: LogoRow) -> Self {
        Self {
            width: u32::try_from(row.width).unwrap_or_default(),
            height: u32::try_from(row.height).unwrap_or_default(),
            sha256: row.sha256,
        }
    }
}
