//! Makes an API key: shown once, kept as a hash.

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{ApiKeyId, Permission, Principal, TypedId};
use wt_proto::{convert::from_timestamp, tenant};

use super::{Api, in_person};
use crate::{
    domain::{api_key, name},
    error::TenantFault,
    issue,
    store::{self, api_key::NewApiKey},
    wire,
};

pub(super) async fn create_api_key(
    api: &Api,
    principal: &Principal,
    request: tenant::CreateApiKeyRequest,
) -> Result<tenant::CreateApiKeyResponse, TenantFault> {
    may(principal, Permission::KeysManage)?;
    in_person(principal)?;
    let name = name::parse("name", &request.name)?;
    let expires_at = from_timestamp(request.expires_at.as_ref());
    api_key::check_expiry(OffsetDateTime::now_utc(), expires_at)?;
    let scopes: Vec<String> = api_key::scopes(principal, &request.scopes)?
        .iter()
        .map(ToString::to_string)
        .collect();
    let secret = api_key::text(&rand::random());
    let new = NewApiKey {
        id: &ApiKeyId::from_ulid(Ulid::generate()).to_string(),
        name: &name,
        prefix: &api_key::prefix(&secret),
        secret_hash: &issue::secret_hash(&secret),
        scopes: &scopes,
        created_by: &principal.sub,
        expires_at,
    };
    let mut tx = api.pool.begin(principal, "create_api_key").await?;
    if store::api_key::count_live(&mut tx).await? >= api_key::KEYS_MAX {
        return Err(TenantFault::ApiKeysFull {
            max: api_key::KEYS_MAX,
        });
    }
    let row = store::api_key::insert(&mut tx, &new).await?;
    let after = serde_json::json!({ "name": name, "scopes": scopes, "prefix": row.prefix });
    wt_audit::record(&mut tx, "api_key.create", &row.id, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::CreateApiKeyResponse {
        api_key: Some(wire::api_key(row)),
        secret,
    })
}
