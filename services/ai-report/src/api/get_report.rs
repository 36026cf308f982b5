//! One report's state.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::report;

use super::{Api, report_id};
use crate::{error::ReportFault, store};

pub(super) async fn get_report(
    api: &Api,
    principal: &Principal,
    request: report::GetReportRequest,
) -> Result<report::GetReportResponse, ReportFault> {
    may(principal, Permission::ReportsRead)?;
    let id = report_id(&request.report_id)?;
    let mut tx = api.pool.begin_read(principal, "get_report").await?;
    let row = store::report::find_by_id(&mut tx, id).await?;
    tx.commit().await?;
    let row = row.ok_or(ReportFault::Unknown)?;
    Ok(report::GetReportResponse {
        report: Some(row.into()),
    })
}
