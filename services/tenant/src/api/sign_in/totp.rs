//! The caller's authenticator app: enrolling, confirming, removing it, and its recovery codes.
//!
//! What changes a factor asks for the password again: an unlocked screen is not enough.

use wt_model::Principal;
use wt_proto::tenant;

use super::{Api, account, at_home, in_person};
use crate::{
    domain::totp::{self, RECOVERY_BYTES, RECOVERY_CODES, SEED_BYTES},
    error::TenantFault,
    mfa,
    store::{self, user::UserRow},
};

pub(super) async fn get_mfa(
    api: &Api,
    principal: &Principal,
    _request: tenant::GetMfaRequest,
) -> Result<tenant::GetMfaResponse, TenantFault> {
    in_person(principal)?;
    let mut tx = api.pool.begin_platform("get_mfa").await?;
    let totp = store::totp::is_confirmed(tx.conn(), &principal.sub).await?;
    let left = store::totp::count_codes(tx.conn(), &principal.sub).await?;
    tx.commit().await?;
    Ok(tenant::GetMfaResponse {
        totp,
        recovery_codes_left: u32::try_from(left).unwrap_or_default(),
    })
}

pub(super) async fn enrol_totp(
    api: &Api,
    principal: &Principal,
    request: tenant::EnrolTotpRequest,
) -> Result<tenant::EnrolTotpResponse, TenantFault> {
    let user = with_password(api, principal, request.password).await?;
    let seed: [u8; SEED_BYTES] = rand::random();
    let mut tx = api.pool.begin_platform("enrol_totp").await?;
    let sealed = mfa::seal_seed(api, &mut tx, &user.id, &seed).await?;
    if !store::totp::enrol(tx.conn(), &user.id, &sealed).await? {
        return Err(TenantFault::TotpPresent);
    }
    tx.commit().await?;
    Ok(tenant::EnrolTotpResponse {
        secret: totp::seed_text(&seed),
        uri: totp::uri(&seed, &user.email),
    })
}

pub(super) async fn confirm_totp(
    api: &Api,
    principal: &Principal,
    request: tenant::ConfirmTotpRequest,
) -> Result<tenant::ConfirmTotpResponse, TenantFault> {
    let user = account(api, principal).await?;
    let mut tx = api.pool.begin_platform("confirm_totp").await?;
    match store::totp::lock(tx.conn(), &user.id).await? {
        None => return Err(TenantFault::TotpAbsent),
        Some(row) if row.confirmed => return Err(TenantFault::TotpPresent),
        Some(_) => {}
    }
    if !mfa::judge(api, &mut tx, &user.id, &request.code).await? {
        tx.commit().await?;
        return Err(TenantFault::WrongCode);
    }
    let (codes, hashes) = fresh_codes(&user.id);
    store::totp::replace_codes(tx.conn(), &user.id, &hashes).await?;
    tx.commit().await?;
    note(api, &user, "totp.enrol").await?;
    Ok(tenant::ConfirmTotpResponse {
        recovery_codes: codes,
    })
}

pub(super) async fn remove_totp(
    api: &Api,
    principal: &Principal,
    request: tenant::RemoveTotpRequest,
) -> Result<tenant::RemoveTotpResponse, TenantFault> {
    let user = with_password(api, principal, request.password).await?;
    let mut tx = api.pool.begin_platform("remove_totp").await?;
    if !store::totp::remove(tx.conn(), &user.id).await? {
        return Err(TenantFault::TotpAbsent);
    }
    tx.commit().await?;
    note(api, &user, "totp.remove").await?;
    Ok(tenant::RemoveTotpResponse {})
}

pub(super) async fn new_recovery_codes(
    api: &Api,
    principal: &Principal,
    request: tenant::NewRecoveryCodesRequest,
) -> Result<tenant::NewRecoveryCodesResponse, TenantFault> {
    let user = with_password(api, principal, request.password).await?;
    let mut tx = api.pool.begin_platform("new_recovery_codes").await?;
    if !store::totp::is_confirmed(tx.conn(), &user.id).await? {
        return Err(TenantFault::TotpAbsent);
    }
    let (codes, hashes) = fresh_codes(&user.id);
    store::totp::replace_codes(tx.conn(), &user.id, &hashes).await?;
    tx.commit().await?;
    note(api, &user, "totp.recovery_codes").await?;
    Ok(tenant::NewRecoveryCodesResponse {
        recovery_codes: codes,
    })
}

/// The caller, after they gave their password again.
pub(super) async fn with_password(
    api: &Api,
    principal: &Principal,
    password: String,
) -> Result<UserRow, TenantFault> {
    let user = account(api, principal).await?;
    let stored = Some(user.password_hash.clone());
    if api.hashing.verify(password, stored).await? {
        Ok(user)
    } else {
        Err(TenantFault::CurrentPassword)
    }
}

/// Codes as they are shown, and as they are stored.
fn fresh_codes(user_id: &str) -> (Vec<String>, Vec<Vec<u8>>) {
    (0..RECOVERY_CODES)
        .map(|_| {
            let shown = totp::recovery_code(&rand::random::<[u8; RECOVERY_BYTES]>());
            let hash = mfa::code_hash(user_id, &shown.replace('-', ""));
            (shown, hash.to_vec())
        })
        .unzip()
}

async fn note(api: &Api, user: &UserRow, action: &str) -> Result<(), TenantFault> {
    if let Some(mut tx) = at_home(api, &user.id, "note_factor").await? {
        wt_audit::record(&mut tx, action, &user.id, None, None).await?;
        tx.commit().await?;
    }
    Ok(())
}
