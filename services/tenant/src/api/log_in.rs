//! Signs a person in with their password.

use wt_pg::PlatformTx;
use wt_proto::tenant;

use super::Api;
use crate::{
    error::TenantFault,
    hashing::Hashing,
    issue::{self, Begin, Method, Mode},
    mfa,
    store::{self, organization::AccessRow, sign_in::Facts, user::UserRow},
};

pub(super) async fn log_in(
    api: &Api,
    request: tenant::LogInRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let mode = Mode::parse(&request.mode)?;
    let mut call = api.pool.call_once().await?;
    let user = store::user::find_by_email(call.conn(), request.email.trim()).await?;
    call.finish();
    // Hashing takes long and holds no connection.
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let right = api.hashing.verify(request.password.clone(), stored).await?;
    let user = user
        .filter(|user| right && api.sign_ups.admits(user.email_verified))
        .ok_or(TenantFault::Credentials)?;
    upgrade_hash(api, &user, request.password).await?;

    let mut call = api.pool.call_once().await?;
    let facts = store::sign_in::facts(call.conn(), &user.id).await?;
    call.finish();
    if facts.second_factor {
        let mut tx = api.pool.begin_platform("ask_second_factor").await?;
        let asked = mfa::ask(&mut tx, &user, Method::Password).await?;
        tx.commit().await?;
        return Ok(tenant::SessionResponse {
            mfa_token: asked.token,
            mfa_factors: asked.factors,
            ..Default::default()
        });
    }
    let how = Begin {
        mode,
        method: Method::Password,
        client: request.client,
    };
    issue::begin_at_once(api, &user, home(&facts)?, how).await
}

/// Begins the session of a person who proved who they are.
pub(super) async fn finish(
    api: &Api,
    mut tx: PlatformTx,
    user: &UserRow,
    how: Begin,
) -> Result<tenant::SessionResponse, TenantFault> {
    let facts = store::sign_in::facts(tx.conn(), &user.id).await?;
    issue::begin(api, tx, user, home(&facts)?, how).await
}

/// Where the sign-in begins, unless it has to be another kind of sign-in.
fn home(facts: &Facts) -> Result<&AccessRow, TenantFault> {
    if facts.sso_enforced {
        return Err(TenantFault::SsoEnforced);
    }
    issue::home(&facts.access)
}

/// The password is at hand only now: a hash of weaker parameters is replaced.
async fn upgrade_hash(api: &Api, user: &UserRow, password: String) -> Result<(), TenantFault> {
    if !Hashing::is_outdated(&user.password_hash) {
        return Ok(());
    }
    let hash = api.hashing.hash(password).await?;
    let mut tx = api.pool.begin_platform("upgrade_hash").await?;
    store::user::rehash(&mut tx, &user.id, &user.password_hash, &hash).await?;
    tx.commit().await?;
    Ok(())
}
