//! Withdraws a proof: nothing that rests on it may be scanned from now on (contracts §6).

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::{asset, event};

use super::Api;
use crate::{error::AssetFault, store, wire};

/// Longest reason kept: a sentence or two.
const REASON_CHARS_MAX: usize = 500;

pub(super) async fn revoke_authorization(
    api: &Api,
    principal: &Principal,
    request: asset::RevokeAuthorizationRequest,
) -> Result<asset::RevokeAuthorizationResponse, AssetFault> {
    may(principal, Permission::AssetsWrite)?;
    let id = wire::id("authorization_id", &request.authorization_id)?;
    if request.reason.chars().count() > REASON_CHARS_MAX {
        let reason = format!("at most {REASON_CHARS_MAX} characters");
        return Err(AssetFault::field("reason", reason));
    }
    let mut tx = api.pool.begin(principal, "revoke_authorization").await?;
    let revoked = store::authorization::revoke_by_id(&mut tx, id, &request.reason).await?;
    let row = match revoked {
        Some(row) => {
            let news = event::AuthorizationRevoked {
                asset_id: row.asset_id.clone(),
                authorization_id: row.id.clone(),
                reason: request.reason,
            };
            wt_outbox::enqueue(&mut tx, &news).await?;
            wt_audit::record(&mut tx, "authorization.revoke", &row.id, None, None).await?;
            row
        }
        // Revoking twice is not an error: it is over either way.
        None => store::authorization::find_by_id(&mut tx, id)
            .await?
            .ok_or(AssetFault::AuthorizationUnknown)?,
    };
    tx.commit().await?;
    Ok(asset::RevokeAuthorizationResponse {
        authorization: Some(row.into()),
    })
}
