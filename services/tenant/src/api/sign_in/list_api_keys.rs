//! The organization's API keys, without their secrets.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::tenant;

use super::{Api, in_person};
use crate::{error::TenantFault, store, wire};

/// Keys shown, revoked ones too: several generations of as many as may live.
const KEYS_SHOWN_MAX: i64 = 1_000;

pub(super) async fn list_api_keys(
    api: &Api,
    principal: &Principal,
    _request: tenant::ListApiKeysRequest,
) -> Result<tenant::ListApiKeysResponse, TenantFault> {
    may(principal, Permission::KeysManage)?;
    in_person(principal)?;
    let mut tx = api.pool.begin_read(principal, "list_api_keys").await?;
    let rows = store::api_key::list(&mut tx, KEYS_SHOWN_MAX).await?;
    tx.commit().await?;
    Ok(tenant::ListApiKeysResponse {
        api_keys: rows.into_iter().map(wire::api_key).collect(),
    })
}
