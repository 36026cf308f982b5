//! A key's text to an access token: asked by the gateway for each key it has not seen lately.
//!
//! The key acts for the person who made it, with what that person may do **now**, at most its
//! scopes: a key never outlives its maker's place in the organization, nor holds more than them.

use wt_auth::Caller;
use wt_model::{Permission, Principal, PrincipalKind};
use wt_proto::tenant;

use super::Api;
use crate::{domain::api_key, error::TenantFault, issue, store};

pub(super) async fn resolve_api_key(
    api: &Api,
    _gateway: &Caller,
    request: tenant::ResolveApiKeyRequest,
) -> Result<tenant::ResolveApiKeyResponse, TenantFault> {
    if !request.secret.starts_with(api_key::BEGINNING) {
        return Err(TenantFault::ApiKeyOver);
    }
    let hash = issue::secret_hash(&request.secret);
    let ip = request.client.unwrap_or_default().ip;
    let mut tx = api.pool.begin_platform("resolve_api_key").await?;
    let key = store::api_key::take(&mut tx, &hash, &ip)
        .await?
        .ok_or(TenantFault::ApiKeyOver)?;
    let user = store::user::find_by_id(&mut tx, &key.created_by)
        .await?
        .ok_or(TenantFault::ApiKeyOver)?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    let organization = access
        .iter()
        .find(|row| row.tenant_key == key.tenant_key)
        .ok_or(TenantFault::ApiKeyOver)?;
    tx.commit().await?;
    // A word this version does not know allows nothing.
    let limit = key
        .scopes
        .iter()
        .filter_map(|word| word.parse::<Permission>().ok())
        .filter(|scope| scope.suits_api_keys())
        .collect();
    let person = issue::person(&user, organization)?;
    let principal = Principal {
        kind: PrincipalKind::ApiKey,
        limit: Some(limit),
        ..person
    };
    Ok(tenant::ResolveApiKeyResponse {
        access_token: api.issuer.mint(&principal)?,
        api_key_id: key.id,
    })
}
