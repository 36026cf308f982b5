//! A page of runs, newest first.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::{Cursor, Page};
use wt_proto::scan;

use super::Api;
use crate::{
    error::ScanFault,
    store::{self, run::Filter},
    wire,
};

pub(super) async fn list_runs(
    api: &Api,
    principal: &Principal,
    request: scan::ListRunsRequest,
) -> Result<scan::ListRunsResponse, ScanFault> {
    may(principal, Permission::RunsRead)?;
    let filter = Filter {
        asset: wire::optional("asset_id", &request.asset_id)?,
        state: wire::optional("state", &request.state)?,
        kind: wire::optional("kind", &request.kind)?,
    };
    let page = Page::read("runs", request.page.as_ref())?;
    let mut tx = api.pool.begin_read(principal, "list_runs").await?;
    let rows = store::run::page(&mut tx, &filter, page.after(), page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new("runs", row.created_at, &row.id));
    Ok(scan::ListRunsResponse {
        runs: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    })
}
