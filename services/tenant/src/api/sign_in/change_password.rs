//! Changes the caller's password: whoever sits at an unlocked screen does not know the old one.

use wt_model::Principal;
use wt_proto::tenant;

use super::{Api, account, at_home, say_ended};
use crate::{domain::password, error::TenantFault, store};

pub(super) async fn change_password(
    api: &Api,
    principal: &Principal,
    request: tenant::ChangePasswordRequest,
) -> Result<tenant::ChangePasswordResponse, TenantFault> {
    let user = account(api, principal).await?;
    let stored = Some(user.password_hash.clone());
    if !api.hashing.verify(request.current_password, stored).await? {
        return Err(TenantFault::CurrentPassword);
    }
    password::check_field(
        "new_password",
        &request.new_password,
        &[&user.email, &user.display_name],
    )?;
    let hash = api.hashing.hash(request.new_password).await?;
    let this = principal.sid.map(|sid| sid.to_string());

    let mut tx = at_home(api, &user.id, "change_password")
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    store::user::set_password(tx.conn(), &user.id, &hash).await?;
    let reason = "password changed";
    let ended = store::session::revoke_all_of(tx.conn(), &user.id, this.as_deref(), reason).await?;
    say_ended(&mut tx, &ended, reason).await?;
    wt_audit::record(&mut tx, "password.change", &user.id, None, None).await?;
    tx.commit().await?;
    Ok(tenant::ChangePasswordResponse {
        ended_session_ids: ended,
    })
}
