//! Notes on many exposures at once that their verification was requested (contracts §7, §8).

use ulid::Ulid;
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{ActionId, Permission, Principal, RunId, TypedId};
use wt_proto::results;

use super::Api;
use crate::{error::ResultsFault, store};

/// Most exposures of one request: as many as one verify run may name.
const KEYS_MAX: usize = 2_000;

pub(super) async fn record_verify(
    api: &Api,
    principal: &Principal,
    request: results::RecordVerifyRequest,
) -> Result<results::RecordVerifyResponse, ResultsFault> {
    may(principal, Permission::ExposuresAct)?;
    let run: RunId = request
        .run_id
        .parse()
        .map_err(|error| ResultsFault::field("run_id", error))?;
    if request.keys.len() > KEYS_MAX {
        let reason = format!("at most {KEYS_MAX} at once");
        return Err(ResultsFault::field("keys", reason));
    }
    let keys = request
        .keys
        .iter()
        .map(|key| key.parse::<ExposureKey>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| ResultsFault::ExposureUnknown)?;
    let notes: Vec<(ActionId, ExposureKey)> = keys
        .into_iter()
        .map(|key| (ActionId::from_ulid(Ulid::generate()), key))
        .collect();
    let mut tx = api.pool.begin(principal, "record_verify").await?;
    let recorded = store::action::insert_request_verify(&mut tx, &notes, run).await?;
    if recorded > 0 {
        let after = serde_json::json!({ "kind": "request_verify", "exposures": recorded });
        let object = run.to_string();
        wt_audit::record(&mut tx, "exposure.act", &object, None, Some(&after)).await?;
    }
    tx.commit().await?;
    Ok(results::RecordVerifyResponse {
        recorded: u32::try_from(recorded).unwrap_or(u32::MAX),
    })
}
