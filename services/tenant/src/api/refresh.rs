//! Rotates a refresh token; one that was used before ends its session (RFC 9700 §4.14).

use time::OffsetDateTime;
use wt_proto::tenant;

use super::Api;
use crate::{
    domain::session::{Presented, presented},
    error::TenantFault,
    issue, store,
};

pub(super) async fn refresh(
    api: &Api,
    request: tenant::RefreshRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let hash = issue::secret_hash(&request.refresh_token);
    let now = OffsetDateTime::now_utc();
    let mut tx = api.pool.begin_platform("refresh").await?;
    let row = store::session::lock_refresh(&mut tx, &hash)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    match presented(now, row.expires_at, row.used_at, row.session_live) {
        Presented::Expired => return Err(TenantFault::SessionOver),
        Presented::Reused => {
            store::session::revoke(&mut tx, &row.session.id, "refresh token reused").await?;
            tx.commit().await?;
            tracing::warn!(session_id = %row.session.id, "a refresh token was used twice");
            return Err(TenantFault::SessionOver);
        }
        Presented::Rotate => {}
    }
    store::session::mark_used(&mut tx, &hash).await?;
    store::session::touch(&mut tx, &row.session.id).await?;
    let refresh_token = issue::next_refresh(tx.conn(), &row.session, now).await?;
    let mut answer = super::resolve_session::renew(api, &mut tx, &row.session).await?;
    tx.commit().await?;
    answer.refresh_token = refresh_token;
    Ok(answer)
}
