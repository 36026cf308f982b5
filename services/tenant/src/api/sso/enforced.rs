//! What an organization that enforces single sign-on lets nobody do without its provider.

use wt_pg::PlatformTx;

use crate::{
    error::TenantFault,
    issue::Method,
    store::{self, user::UserRow},
};

/// Refuses to begin a sign-in for somebody who has to use the provider, whatever they proved.
pub(in crate::api) async fn refuse_sign_in(
    tx: &mut PlatformTx,
    user: &UserRow,
) -> Result<(), TenantFault> {
    if store::sso::is_enforced(tx, &user.id).await? {
        return Err(TenantFault::SsoEnforced);
    }
    Ok(())
}

/// Refuses to go further with a sign-in that began with the person's own password or passkey, before
/// this was enforced: it stays where it is until it ends, and leads nowhere else.
pub(in crate::api) async fn refuse_further(
    tx: &mut PlatformTx,
    session_id: &str,
    user_id: &str,
) -> Result<(), TenantFault> {
    let method = store::session::method(tx, session_id).await?;
    let own = [Method::Password, Method::Passkey];
    let own = own.iter().any(|own| own.as_str() == method);
    if own && store::sso::is_enforced(tx, user_id).await? {
        return Err(TenantFault::SsoEnforced);
    }
    Ok(())
}
