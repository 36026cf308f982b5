//! What happened to one exposure and what people decided, oldest first.

use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{Permission, Principal};
use wt_proto::{convert::to_timestamp, results};

use super::Api;
use crate::{error::ResultsFault, store, wire};

/// Newest transitions and decisions shown, each: more than a year of daily changes.
const ENTRIES_MAX: i64 = 500;

pub(super) async fn get_timeline(
    api: &Api,
    principal: &Principal,
    request: results::GetTimelineRequest,
) -> Result<results::GetTimelineResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let key: ExposureKey = request
        .key
        .parse()
        .map_err(|_| ResultsFault::ExposureUnknown)?;
    let mut tx = api.pool.begin_read(principal, "get_timeline").await?;
    store::exposure_page::find_by_key(&mut tx, &key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    let events = store::event::list_by_key(&mut tx, &key, ENTRIES_MAX).await?;
    let actions = store::action::list_by_key(&mut tx, &key, ENTRIES_MAX).await?;
    let kept_since = store::retention::kept_since(&mut tx).await?;
    tx.commit().await?;
    let mut entries = Vec::with_capacity(events.len() + actions.len());
    for row in events {
        let at = row.at;
        let entry = results::TimelineEntry {
            at: Some(to_timestamp(at)),
            event: Some(wire::event(row)?),
            action: None,
        };
        entries.push((at, entry));
    }
    for row in actions {
        let at = row.at;
        let entry = results::TimelineEntry {
            at: Some(to_timestamp(at)),
            event: None,
            action: Some(wire::action(row)),
        };
        entries.push((at, entry));
    }
    entries.sort_by_key(|(at, _)| *at);
    Ok(results::GetTimelineResponse {
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        kept_since: kept_since.map(to_timestamp),
    })
}
