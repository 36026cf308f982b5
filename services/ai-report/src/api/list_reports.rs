//! A page of reports, newest first.

use wt_auth::may;
use wt_model::{Permission, Principal, RunId};
use wt_pg::{Cursor, Page};
use wt_proto::report;

use super::Api;
use crate::{error::ReportFault, store};

/// The list's name inside its cursors.
const LIST: &str = "reports";

pub(super) async fn list_reports(
    api: &Api,
    principal: &Principal,
    request: report::ListReportsRequest,
) -> Result<report::ListReportsResponse, ReportFault> {
    may(principal, Permission::ReportsRead)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let run: Option<RunId> = match request.run_id.as_str() {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|error| ReportFault::field("run_id", error))?,
        ),
    };
    let mut tx = api.pool.begin_read(principal, "list_reports").await?;
    let rows = store::report::page(&mut tx, run, page.after(), page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(LIST, row.created_at, &row.id));
    Ok(report::ListReportsResponse {
        reports: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    })
}
