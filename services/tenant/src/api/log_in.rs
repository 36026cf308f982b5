//! Signs a person in with their password.

use wt_model::{Principal, PrincipalKind};
use wt_proto::tenant;

use super::{Api, sso::enforced};
use crate::{
    error::TenantFault,
    hashing::Hashing,
    issue::{self, Begin, Method, Mode},
    mfa,
    store::{self, user::UserRow},
};

pub(super) async fn log_in(
    api: &Api,
    request: tenant::LogInRequest,
) -> Result<tenant::SessionResponse, TenantFault> {
    let mode = Mode::parse(&request.mode)?;
    let mut tx = api.pool.begin_platform("find_user").await?;
    let user = store::user::find_by_email(&mut tx, request.email.trim()).await?;
    tx.commit().await?;
    // Hashing takes long and holds no connection.
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let right = api.hashing.verify(request.password.clone(), stored).await?;
    let user = user
        .filter(|user| right && api.sign_ups.admits(user.email_verified))
        .ok_or(TenantFault::Credentials)?;
    upgrade_hash(api, &user, request.password).await?;

    let mut tx = api.pool.begin_platform("ask_second_factor").await?;
    let challenge = mfa::challenge(&mut tx, &user, Method::Password).await?;
    tx.commit().await?;
    match challenge {
        Some(asked) => Ok(tenant::SessionResponse {
            mfa_token: asked.token,
            mfa_factors: asked.factors,
            ..Default::default()
        }),
        None => finish(api, &user, mode, Method::Password, request.client).await,
    }
}

/// Begins the session of a person who proved who they are.
pub(super) async fn finish(
    api: &Api,
    user: &UserRow,
    mode: Mode,
    method: Method,
    client: Option<tenant::Client>,
) -> Result<tenant::SessionResponse, TenantFault> {
    let mut tx = api.pool.begin_platform("log_in").await?;
    enforced::refuse_sign_in(&mut tx, user).await?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    let organization = issue::home(&access)?;
    let how = Begin {
        mode,
        method,
        client,
    };
    let session = issue::begin_by(api, &mut tx, user, organization, how).await?;
    tx.commit().await?;
    record(api, &user.id, &organization.tenant_key).await?;
    Ok(session)
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

async fn record(api: &Api, user_id: &str, organization: &str) -> Result<(), TenantFault> {
    let tenant_key = organization
        .parse()
        .map_err(|_| TenantFault::Inconsistent {
            place: "tenant.organizations.tenant_key".to_owned(),
        })?;
    let principal = Principal {
        kind: PrincipalKind::User,
        sub: user_id.to_owned(),
        tenant_key: Some(tenant_key),
        ..Principal::service("tenant", tenant_key)
    };
    let mut tx = api.pool.begin(&principal, "record_log_in").await?;
    wt_audit::record(&mut tx, "session.begin", user_id, None, None).await?;
    tx.commit().await?;
    Ok(())
}
