//! Counts for the first screen.

use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::{convert::from_timestamp, results};

use super::Api;
use crate::{error::ResultsFault, store};

pub(super) async fn get_dashboard(
    api: &Api,
    principal: &Principal,
    request: results::GetDashboardRequest,
) -> Result<results::GetDashboardResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let since = from_timestamp(request.since.as_ref()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut tx = api.pool.begin_read(principal, "get_dashboard").await?;
    let counts = store::dashboard::count_all(&mut tx, since).await?;
    tx.commit().await?;
    let mut answer = results::GetDashboardResponse::default();
    for row in counts {
        let count = u64::try_from(row.rows).unwrap_or_default();
        let of = match row.of.as_str() {
            "state" => &mut answer.by_state,
            "severity" => &mut answer.by_severity,
            _ => &mut answer.events_since,
        };
        of.insert(row.word, count);
    }
    Ok(answer)
}
