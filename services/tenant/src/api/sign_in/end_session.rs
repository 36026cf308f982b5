//! Ends sign-ins of the caller: one, or all but this one.

use wt_model::{Principal, SessionId};
use wt_proto::tenant;

use super::{Api, at_home, in_person, say_ended};
use crate::{error::TenantFault, store};

const REASON: &str = "ended by its person";

pub(super) async fn end_session(
    api: &Api,
    principal: &Principal,
    request: tenant::EndSessionRequest,
) -> Result<tenant::EndSessionResponse, TenantFault> {
    in_person(principal)?;
    let id: SessionId = request
        .session_id
        .parse()
        .map_err(|_malformed| TenantFault::SessionUnknown)?;
    let id = id.to_string();
    let mut tx = at_home(api, &principal.sub, "end_session")
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    // Another person's session is not there.
    if !store::session::revoke_of(tx.conn(), &principal.sub, &id, REASON).await? {
        return Err(TenantFault::SessionUnknown);
    }
    say_ended(&mut tx, std::slice::from_ref(&id), REASON).await?;
    wt_audit::record(&mut tx, "session.end", &id, None, None).await?;
    tx.commit().await?;
    Ok(tenant::EndSessionResponse {})
}

pub(super) async fn end_other_sessions(
    api: &Api,
    principal: &Principal,
    _request: tenant::EndOtherSessionsRequest,
) -> Result<tenant::EndOtherSessionsResponse, TenantFault> {
    in_person(principal)?;
    let this = principal.sid.map(|sid| sid.to_string());
    let mut tx = at_home(api, &principal.sub, "end_other_sessions")
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let ended =
        store::session::revoke_all_of(tx.conn(), &principal.sub, this.as_deref(), REASON).await?;
    say_ended(&mut tx, &ended, REASON).await?;
    wt_audit::record(&mut tx, "session.end_others", &principal.sub, None, None).await?;
    tx.commit().await?;
    Ok(tenant::EndOtherSessionsResponse {
        ended_session_ids: ended,
    })
}
