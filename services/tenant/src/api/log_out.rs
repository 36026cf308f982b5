//! Ends the caller's sign-in.

use wt_model::{Principal, Role};
use wt_proto::tenant;

use super::Api;
use crate::{error::TenantFault, platform_admin, store};

pub(super) async fn log_out(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::LogOutResponse, TenantFault> {
    let session = principal.sid.ok_or(TenantFault::SessionOver)?;
    let mut tx = api.pool.begin_platform("log_out").await?;
    store::session::revoke(&mut tx, &session.to_string(), "signed out").await?;
    tx.commit().await?;
    if principal.roles.contains(&Role::PlatformAdmin) {
        // What staff look through ends with the sign-in they began it with.
        let mut tx = api.pool.begin(principal, "end_impersonations").await?;
        let from = session.to_string();
        platform_admin::end_all_of(&mut tx, &principal.sub, Some(&from)).await?;
        tx.commit().await?;
    }
    Ok(tenant::LogOutResponse {})
}
