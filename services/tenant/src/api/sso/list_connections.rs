//! The organization's connections.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::tenant;

use super::{SsoApi, wire};
use crate::{error::TenantFault, store};

pub(super) async fn list_connections(
    sso: &SsoApi,
    principal: &Principal,
) -> Result<tenant::ListSsoConnectionsResponse, TenantFault> {
    may(principal, Permission::SsoManage)?;
    let pool = &sso.api.pool;
    let mut tx = pool.begin_read(principal, "list_sso_connections").await?;
    let rows = store::sso::list(&mut tx).await?;
    let domains = store::sso::domains(&mut tx).await?;
    tx.commit().await?;
    Ok(tenant::ListSsoConnectionsResponse {
        connections: rows.into_iter().map(|row| wire(row, &domains)).collect(),
    })
}
