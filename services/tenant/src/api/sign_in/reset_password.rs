//! Sets a new password with the link from a mail. It signs nobody in: a second factor, if there is
//! one, is asked for at the next sign-in as always.

use wt_auth::Caller;
use wt_proto::tenant;

use super::{Api, at_home, say_ended};
use crate::{
    domain::{mail_link::Purpose, password},
    error::TenantFault,
    issue, store,
};

pub(super) async fn reset_password(
    api: &Api,
    _gateway: &Caller,
    request: tenant::ResetPasswordRequest,
) -> Result<tenant::ResetPasswordResponse, TenantFault> {
    let hash = issue::secret_hash(&request.token);
    let mut tx = api.pool.begin_platform("find_password_link").await?;
    let link = store::mail_link::find(&mut tx, &hash, Purpose::ResetPassword.as_str())
        .await?
        .ok_or(TenantFault::LinkOver)?;
    let user = store::user::find_by_id(&mut tx, &link.user_id)
        .await?
        .ok_or(TenantFault::LinkOver)?;
    tx.commit().await?;
    // The link stays good until a password is accepted.
    password::check_field(
        "new_password",
        &request.new_password,
        &[&user.email, &user.display_name],
    )?;
    let password_hash = api.hashing.hash(request.new_password).await?;

    let mut tx = at_home(api, &user.id, "reset_password")
        .await?
        .ok_or(TenantFault::LinkOver)?;
    if !store::mail_link::take(tx.conn(), &hash).await? {
        return Err(TenantFault::LinkOver);
    }
    store::user::set_password(tx.conn(), &user.id, &password_hash).await?;
    // Who can read the mail owns the address.
    store::user::mark_verified(tx.conn(), &user.id, &link.email).await?;
    let reason = "password reset";
    let ended = store::session::revoke_all_of(tx.conn(), &user.id, None, reason).await?;
    say_ended(&mut tx, &ended, reason).await?;
    wt_audit::record(&mut tx, "password.reset", &user.id, None, None).await?;
    tx.commit().await?;
    Ok(tenant::ResetPasswordResponse {
        ended_session_ids: ended,
    })
}
