//! Issues an exposure has at trackers, oldest first.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;

use super::Api;
use crate::{error::NotifyFault, store};

pub(in crate::api) async fn list_tickets(
    api: &Api,
    principal: &Principal,
    request: notify::ListTicketsRequest,
) -> Result<notify::ListTicketsResponse, NotifyFault> {
    may(principal, Permission::ExposuresRead)?;
    let mut tx = api.pool.begin_read(principal, "list_tickets").await?;
    let rows = store::ticket::of_exposure(&mut tx, &request.exposure_key).await?;
    tx.commit().await?;
    Ok(notify::ListTicketsResponse {
        tickets: rows.into_iter().map(Into::into).collect(),
    })
}
