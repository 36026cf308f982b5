//! Ends an API key at once, at every gateway.

use wt_auth::may;
use wt_model::{ApiKeyId, Permission, Principal};
use wt_proto::{event, tenant};

use super::{Api, in_person};
use crate::{error::TenantFault, store};

pub(super) async fn revoke_api_key(
    api: &Api,
    principal: &Principal,
    request: tenant::RevokeApiKeyRequest,
) -> Result<tenant::RevokeApiKeyResponse, TenantFault> {
    may(principal, Permission::KeysManage)?;
    in_person(principal)?;
    let id: ApiKeyId = request
        .api_key_id
        .parse()
        .map_err(|_malformed| TenantFault::ApiKeyUnknown)?;
    let id = id.to_string();
    let mut tx = api.pool.begin(principal, "revoke_api_key").await?;
    let name = store::api_key::revoke(&mut tx, &id, &principal.sub)
        .await?
        .ok_or(TenantFault::ApiKeyUnknown)?;
    let ended = event::ApiKeyRevoked {
        api_key_id: id.clone(),
    };
    wt_outbox::enqueue(&mut tx, &ended).await?;
    let before = serde_json::json!({ "name": name });
    wt_audit::record(&mut tx, "api_key.revoke", &id, Some(&before), None).await?;
    tx.commit().await?;
    Ok(tenant::RevokeApiKeyResponse {})
}
