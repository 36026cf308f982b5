//! Records what a user decides about an exposure (contracts §8).
//!
//! Never changes what was observed: only the columns that show, alert and score.

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{ActionId, Permission, Principal, TypedId};
use wt_proto::results;

use super::Api;
use crate::{
    domain::action::{Effect, decide, read},
    error::ResultsFault,
    store, wire,
};

pub(super) async fn record_action(
    api: &Api,
    principal: &Principal,
    request: results::RecordActionRequest,
) -> Result<results::RecordActionResponse, ResultsFault> {
    may(principal, Permission::ExposuresAct)?;
    let key: ExposureKey = request
        .key
        .parse()
        .map_err(|_| ResultsFault::ExposureUnknown)?;
    let decision = read(&request, OffsetDateTime::now_utc())?;
    let mut tx = api.pool.begin(principal, "record_action").await?;
    let state = store::decision::lock_state(&mut tx, &key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    let effect = decide(decision.kind, state)?;
    let id = ActionId::from_ulid(Ulid::generate());
    let action = store::action::insert(&mut tx, id, &key, &decision).await?;
    match effect {
        Effect::Recorded => {}
        Effect::Stands => {
            let kind = Some(decision.kind.as_str());
            store::decision::set_decision(&mut tx, &key, kind, decision.until).await?;
        }
        Effect::Withdrawn => store::decision::set_decision(&mut tx, &key, None, None).await?,
        Effect::Assigned => {
            store::decision::set_assignee(&mut tx, &key, &decision.assignee).await?;
        }
    }
    let after = serde_json::json!({ "action": action.id, "kind": action.kind });
    wt_audit::record(&mut tx, "exposure.act", key.as_str(), None, Some(&after)).await?;
    let row = store::exposure_page::find_by_key(&mut tx, &key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    tx.commit().await?;
    Ok(results::RecordActionResponse {
        action: Some(wire::action(action)),
        exposure: Some(wire::exposure(row, OffsetDateTime::now_utc())),
    })
}
