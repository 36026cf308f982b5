//! The feed: transitions of exposures, newest first.

use prost::Message as _;
use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{AssetId, EventType, Permission, Principal, RunId, Severity};
use wt_pg::{Cursor, Page};
use wt_proto::{convert::from_timestamp, results};

use super::Api;
use crate::{
    error::ResultsFault,
    store::{self, event_page::Filter},
    wire,
};

const LIST: &str = "changes";

pub(super) async fn list_changes(
    api: &Api,
    principal: &Principal,
    request: results::ListChangesRequest,
) -> Result<results::ListChangesResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let question = request.encode_to_vec();
    api.changes
        .get(principal, question, || page(api, principal, request))
        .await
}

async fn page(
    api: &Api,
    principal: &Principal,
    request: results::ListChangesRequest,
) -> Result<results::ListChangesResponse, ResultsFault> {
    let filter = Filter {
        types: wire::words::<EventType>("types", &request.types)?,
        min_rank: wire::optional::<Severity>("min_severity", &request.min_severity)?
            .map(Severity::rank),
        asset_id: wire::optional::<AssetId>("asset_id", &request.asset_id)?
            .map(|id| id.to_string()),
        run_id: wire::optional::<RunId>("run_id", &request.run_id)?.map(|id| id.to_string()),
        since: from_timestamp(request.since.as_ref()),
        text: wire::filter(&request.filter)?,
        now: OffsetDateTime::now_utc(),
    };
    let page = Page::read(LIST, request.page.as_ref())?;
    let mut read = api.pool.read_once(principal).await?;
    let rows = store::event_page::page(&mut read, &filter, page.after(), page.limit()).await?;
    read.finish();
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(LIST, row.at, &row.id));
    let events = rows
        .into_iter()
        .map(wire::event)
        .collect::<Result<_, _>>()?;
    Ok(results::ListChangesResponse {
        events,
        next_cursor,
    })
}
