//! Gives an API key a new text; the old one works on while it is rolled out.

use time::OffsetDateTime;
use wt_auth::may;
use wt_model::{ApiKeyId, Permission, Principal};
use wt_proto::tenant;

use super::{Api, in_person};
use crate::{domain::api_key, error::TenantFault, issue, store, wire};

pub(super) async fn rotate_api_key(
    api: &Api,
    principal: &Principal,
    request: tenant::RotateApiKeyRequest,
) -> Result<tenant::RotateApiKeyResponse, TenantFault> {
    may(principal, Permission::KeysManage)?;
    in_person(principal)?;
    let old_until = api_key::overlap_end(OffsetDateTime::now_utc(), request.overlap_seconds)?;
    let id: ApiKeyId = request
        .api_key_id
        .parse()
        .map_err(|_malformed| TenantFault::ApiKeyUnknown)?;
    let secret = api_key::text(&rand::random());
    let (prefix, hash) = (api_key::prefix(&secret), issue::secret_hash(&secret));
    let mut tx = api.pool.begin(principal, "rotate_api_key").await?;
    let row = store::api_key::rotate(&mut tx, &id.to_string(), &prefix, &hash, old_until)
        .await?
        .ok_or(TenantFault::ApiKeyUnknown)?;
    let after = serde_json::json!({ "prefix": prefix, "overlap_seconds": request.overlap_seconds });
    wt_audit::record(&mut tx, "api_key.rotate", &row.id, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::RotateApiKeyResponse {
        api_key: Some(wire::api_key(row)),
        secret,
    })
}
