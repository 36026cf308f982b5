//! Removes a connection. Its people stay members and sign in with a password again.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::tenant;

use super::SsoApi;
use crate::{error::TenantFault, store};

pub(super) async fn delete_connection(
    sso: &SsoApi,
    principal: &Principal,
    request: tenant::DeleteSsoConnectionRequest,
) -> Result<tenant::DeleteSsoConnectionResponse, TenantFault> {
    may(principal, Permission::SsoManage)?;
    let pool = &sso.api.pool;
    let mut tx = pool.begin(principal, "delete_sso_connection").await?;
    if !store::sso::delete(&mut tx, &request.id).await? {
        return Err(TenantFault::SsoUnknown);
    }
    wt_audit::record(&mut tx, "sso.delete", &request.id, None, None).await?;
    tx.commit().await?;
    Ok(tenant::DeleteSsoConnectionResponse {})
}
