//! Ends the caller's sign-in.

use wt_model::Principal;
use wt_proto::tenant;

use super::Api;
use crate::{error::TenantFault, store};

pub(super) async fn log_out(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::LogOutResponse, TenantFault> {
    let session = principal.sid.ok_or(TenantFault::SessionOver)?;
    let mut tx = api.pool.begin_platform("log_out").await?;
    store::session::revoke(&mut tx, &session.to_string(), "signed out").await?;
    tx.commit().await?;
    Ok(tenant::LogOutResponse {})
}
