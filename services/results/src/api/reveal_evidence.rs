//! What `get_exposure` covers, as it was seen: asked for by itself, and on the record.
//!
//! Needs no more than to read the exposure, because its packet proves with the same bytes; the
//! record is what tells afterwards who had values in front of them, and never holds one.

use serde_json::json;
use wt_auth::may;
use wt_exposure::ExposureKey;
use wt_model::{Permission, Principal};
use wt_proto::results;

use super::Api;
use crate::{
    error::ResultsFault,
    store,
    wire::{self, Shown},
};

pub(super) async fn reveal_evidence(
    api: &Api,
    principal: &Principal,
    request: results::RevealEvidenceRequest,
) -> Result<results::RevealEvidenceResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let key: ExposureKey = request
        .key
        .parse()
        .map_err(|_| ResultsFault::ExposureUnknown)?;
    let mut tx = api.pool.begin(principal, "reveal_evidence").await?;
    let inner = store::exposure_page::find_inner(&mut tx, &key).await?;
    let (attributes, _, _) = inner.ok_or(ResultsFault::ExposureUnknown)?;
    let attributes = store::exposure::attributes(attributes)?;
    let evidence = store::event::list_evidence_by_key(&mut tx, &key, 1).await?;
    let evidence = evidence.into_iter().next();
    let event_id = evidence.as_ref().map(|row| row.event_id.clone());
    let evidence = evidence.map(wire::evidence);
    let covered = Shown::of(attributes.clone(), evidence.clone());
    let after = json!({
        "event": event_id,
        "run": evidence.as_ref().map(|seen| &seen.run_id),
        "values": covered.values(),
        "attributes": covered.names,
    });
    wt_audit::record(&mut tx, "exposure.reveal", key.as_str(), None, Some(&after)).await?;
    // Nothing is shown that is not on the record.
    tx.commit().await?;
    Ok(results::RevealEvidenceResponse {
        evidence,
        attributes,
    })
}
