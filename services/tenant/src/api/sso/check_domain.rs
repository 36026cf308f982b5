//! Looks for the DNS proof of a domain, and remembers what was seen.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_pg::constraint;
use wt_proto::tenant;

use super::{SsoApi, wire};
use crate::{error::TenantFault, store};

pub(super) async fn check_domain(
    sso: &SsoApi,
    principal: &Principal,
    request: tenant::CheckSsoDomainRequest,
) -> Result<tenant::SsoConnection, TenantFault> {
    may(principal, Permission::SsoManage)?;
    let pool = &sso.api.pool;
    let mut tx = pool.begin_read(principal, "find_sso_domain").await?;
    let known = store::sso::domains(&mut tx).await?;
    tx.commit().await?;
    let asked = known
        .iter()
        .find(|known| known.connection_id == request.id && known.domain == request.domain)
        .ok_or(TenantFault::SsoUnknown)?;
    // No connection is held while the network is asked.
    let proven = sso.proofs.shows(&asked.domain, &asked.token).await;

    let mut tx = pool.begin(principal, "check_sso_domain").await?;
    let row = store::sso::lock(&mut tx, &request.id)
        .await?
        .ok_or(TenantFault::SsoUnknown)?;
    store::sso::set_proven(&mut tx, &request.id, &request.domain, proven)
        .await
        .map_err(|fault| match constraint(&fault) {
            Some("sso_domain_once") => TenantFault::SsoDomainTaken,
            _ => fault.into(),
        })?;
    let after = serde_json::json!({ "domain": request.domain, "proven": proven });
    wt_audit::record(&mut tx, "sso.check_domain", &request.id, None, Some(&after)).await?;
    let known = store::sso::domains(&mut tx).await?;
    tx.commit().await?;
    Ok(wire(row, &known))
}
