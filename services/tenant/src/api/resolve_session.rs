//! A browser's secret to an access token: asked by the gateway for each cookie it has not seen
//! in the last second.

use time::OffsetDateTime;
use wt_pg::PlatformTx;
use wt_proto::tenant;

use super::Api;
use crate::{
    domain::session::idle_since,
    error::TenantFault,
    issue,
    store::{self, session::SessionRow},
};

pub(super) async fn resolve_session(
    api: &Api,
    request: tenant::ResolveSessionRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let hash = issue::secret_hash(&request.session_secret);
    let now = OffsetDateTime::now_utc();
    let mut tx = api.pool.begin_platform("resolve_session").await?;
    let found = store::session::find_live_by_secret(&mut tx, &hash, idle_since(now))
        .await?
        .ok_or(TenantFault::SessionOver)?;
    store::session::touch(&mut tx, &found.own_id).await?;
    let answer = renew(api, &mut tx, &found.session).await?;
    tx.commit().await?;
    Ok(answer)
}

/// An access token with the role the person has now: a withdrawn membership ends here.
pub(super) async fn renew(
    api: &Api,
    tx: &mut PlatformTx,
    session: &SessionRow,
) -> Result<tenant::SessionResponse, TenantFault> {
    let user = store::user::find_by_id(tx, &session.user_id)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    let access = store::organization::access_of(tx, &user.id).await?;
    let organization = access
        .iter()
        .find(|row| row.tenant_key == session.organization)
        .ok_or(TenantFault::SessionOver)?;
    issue::respond(api, &user, organization, session)
}
