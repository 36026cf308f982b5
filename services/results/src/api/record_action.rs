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
    domain::action::read,
    error::ResultsFault,
    store::{self, action::NewAction},
    wire,
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
    let now = OffsetDateTime::now_utc();
    let decision = read(&request, now)?;
    let mut tx = api.pool.begin(principal, "record_action").await?;
    let decided = store::decision::lock_one(&mut tx, &key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    let next = decided.standing.after(decided.met(now), &decision)?;
    let id = ActionId::from_ulid(Ulid::generate());
    let action = NewAction {
        id,
        key: key.as_str(),
        decision: &decision,
        before: &decided.standing,
    };
    store::action::insert_all(&mut tx, &[action], None).await?;
    if next != decided.standing {
        store::decision::write_all(&mut tx, &[(key.to_string(), next)]).await?;
    }
    let after = serde_json::json!({ "action": id, "kind": decision.kind });
    wt_audit::record(&mut tx, "exposure.act", key.as_str(), None, Some(&after)).await?;
    let action = store::action::find(&mut tx, id).await?;
    let row = store::exposure_page::find_by_key(&mut tx, &key)
        .await?
        .ok_or(ResultsFault::ExposureUnknown)?;
    tx.commit().await?;
    Ok(results::RecordActionResponse {
        action: action.map(wire::action),
        exposure: Some(wire::exposure(row, now)),
    })
}
