//! A page of deliveries, newest first: who was told what, and whether it arrived.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::{Cursor, Page};
use wt_proto::{convert::to_timestamp, notify};

use super::Api;
use crate::{
    error::NotifyFault,
    store::{self, delivery::DeliveryRow},
};

/// The list's name inside its cursors.
const LIST: &str = "deliveries";

pub(super) async fn list_deliveries(
    api: &Api,
    principal: &Principal,
    request: notify::ListDeliveriesRequest,
) -> Result<notify::ListDeliveriesResponse, NotifyFault> {
    may(principal, Permission::OrganizationRead)?;
    let page = Page::read(LIST, request.page.as_ref())?;
    let run_id = (!request.run_id.is_empty()).then_some(request.run_id);
    let mut tx = api.pool.begin_read(principal, "list_deliveries").await?;
    let rows =
        store::delivery::page(&mut tx, run_id.as_deref(), page.after(), page.limit()).await?;
    tx.commit().await?;
    let (rows, next_cursor) = page.cut(rows, |row| Cursor::new(LIST, row.created_at, &row.id));
    Ok(notify::ListDeliveriesResponse {
        deliveries: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    })
}

impl From<DeliveryRow> for notify::Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            run_id: row.run_id,
            channel: row.channel,
            recipient: row.recipient,
            state: row.state,
            subject: row.subject,
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            last_error: row.last_error,
            created_at: Some(to_timestamp(row.created_at)),
            sent_at: row.sent_at.map(to_timestamp),
        }
    }
}
