//! Makes another organization the one a sign-in looks at.

use wt_model::{Principal, TenantKey};
use wt_proto::tenant;

use super::{Api, sso::enforced};
use crate::{error::TenantFault, issue, store};

pub(super) async fn switch_organization(
    api: &Api,
    principal: &Principal,
    request: tenant::SwitchOrganizationRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let wanted: TenantKey = request
        .tenant_key
        .parse()
        .map_err(|error| TenantFault::field("tenant_key", error))?;
    let sid = principal.sid.ok_or(TenantFault::SessionOver)?;
    let mut tx = api.pool.begin_platform("switch_organization").await?;
    let sid = sid.to_string();
    let mut session = store::session::lock_live_by_id(tx.conn(), &sid, &principal.sub)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    let user = store::user::find_by_id(&mut tx, &principal.sub)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    enforced::refuse_further(&mut tx, &session.id, &user.id).await?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    // What a person does not reach does not exist for them.
    let organization = access
        .iter()
        .find(|row| row.tenant_key == wanted.to_string())
        .ok_or(TenantFault::OrganizationUnknown)?;
    store::session::set_organization(&mut tx, &session.id, &organization.tenant_key).await?;
    session.organization.clone_from(&organization.tenant_key);
    let answer = issue::respond(api, &user, organization, &session)?;
    tx.commit().await?;
    Ok(answer)
}
