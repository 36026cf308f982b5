//! A page of a run's jobs.

use wt_auth::may;
use wt_model::{Permission, Principal, RunId};
use wt_pg::{Cursor, Page};
use wt_proto::scan;

use super::Api;
use crate::{error::ScanFault, store, wire};

pub(super) async fn list_jobs(
    api: &Api,
    principal: &Principal,
    request: scan::ListJobsRequest,
) -> Result<scan::ListJobsResponse, ScanFault> {
    may(principal, Permission::RunsRead)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    let list = format!("jobs:{id}");
    let page = Page::read(&list, request.page.as_ref())?;
    let mut tx = api.pool.begin_read(principal, "list_jobs").await?;
    store::run::find_by_id(&mut tx, &id.to_string())
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let rows = store::job::page(&mut tx, &id.to_string(), page.after(), page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(&list, row.created_at, &row.id));
    Ok(scan::ListJobsResponse {
        jobs: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    })
}
