//! Ends a sign-in that waits for its second factor.

use wt_auth::Caller;
use wt_proto::tenant;

use super::Api;
use crate::{
    api::log_in,
    error::TenantFault,
    issue::{self, Begin, Method, Mode},
    mfa, store,
};

pub(super) async fn complete_mfa(
    api: &Api,
    _gateway: &Caller,
    request: tenant::CompleteMfaRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let mode = Mode::parse(&request.mode)?;
    let hash = issue::secret_hash(&request.mfa_token);
    let mut tx = api.pool.begin_platform("complete_mfa").await?;
    let user_id = store::challenge::find_person(tx.conn(), &hash, mfa::PURPOSE)
        .await?
        .ok_or(TenantFault::ChallengeOver)?;
    let user = store::user::find_by_id(&mut tx, &user_id)
        .await?
        .ok_or(TenantFault::ChallengeOver)?;
    if !mfa::judge(api, &mut tx, &user.id, &request.code).await? {
        // The count of wrong codes stays.
        tx.commit().await?;
        return Err(TenantFault::WrongCode);
    }
    if !store::challenge::take(tx.conn(), &hash).await? {
        return Err(TenantFault::ChallengeOver);
    }
    let how = Begin {
        mode,
        method: Method::Password,
        client: request.client,
    };
    log_in::finish(api, tx, &user, how).await
}
