//! The caller's live sign-ins.

use time::OffsetDateTime;
use wt_model::Principal;
use wt_proto::tenant;

use super::{Api, in_person};
use crate::{domain::session::idle_since, error::TenantFault, store, wire};

/// Sign-ins shown: more devices than anybody has.
const SESSIONS_MAX: i64 = 200;

pub(super) async fn list_sessions(
    api: &Api,
    principal: &Principal,
    _request: tenant::ListSessionsRequest,
) -> Result<tenant::ListSessionsResponse, TenantFault> {
    in_person(principal)?;
    let since = idle_since(OffsetDateTime::now_utc());
    let mut tx = api.pool.begin_platform("list_sessions").await?;
    let rows = store::session::list_live(&mut tx, &principal.sub, since, SESSIONS_MAX).await?;
    tx.commit().await?;
    let current = principal.sid.map(|sid| sid.to_string());
    Ok(tenant::ListSessionsResponse {
        sessions: rows
            .into_iter()
            .map(|row| wire::session(row, current.as_deref()))
            .collect(),
    })
}
