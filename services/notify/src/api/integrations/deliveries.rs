//! A page of what was sent to an integration, newest first.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::{Cursor, Page};
use wt_proto::notify;

use super::Api;
use crate::{error::NotifyFault, store};

/// The list's name inside its cursors.
const LIST: &str = "integration_deliveries";

pub(in crate::api) async fn list_integration_deliveries(
    api: &Api,
    principal: &Principal,
    request: notify::ListIntegrationDeliveriesRequest,
) -> Result<notify::ListIntegrationDeliveriesResponse, NotifyFault> {
    may(principal, Permission::OrganizationRead)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let id = &request.integration_id;
    let name = "list_integration_deliveries";
    let mut tx = api.pool.begin_read(principal, name).await?;
    store::integration::find(&mut tx, id)
        .await?
        .ok_or(NotifyFault::IntegrationUnknown)?;
    let rows = store::integration_delivery::page(&mut tx, id, page.after(), page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(LIST, row.created_at, &row.id));
    Ok(notify::ListIntegrationDeliveriesResponse {
        deliveries: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    })
}
