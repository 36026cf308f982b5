//! `watchtower.tenant.v1.SignInService`: one file an operation.

mod change_password;
mod complete_mfa;
mod create_api_key;
mod device;
mod end_session;
mod forgot_password;
mod list_api_keys;
mod list_sessions;
mod passkey_sign_in;
mod passkeys;
mod reset_password;
mod resolve_api_key;
mod revoke_api_key;
mod rotate_api_key;
mod send_email_verification;
mod totp;
mod verify_email;

use std::sync::Arc;

use wt_model::{Principal, PrincipalKind};
use wt_pg::{PlatformTx, Pool, TenantTx};
use wt_proto::{
    event,
    tenant::{self, sign_in_service_server::SignInService},
};
use wt_rpc::{Request, Response, Status, close, open, open_anonymous};

use super::Api;
use crate::{
    error::TenantFault,
    issue,
    store::{self, user::UserRow},
};

/// The door of [`SignInService`]; the operations share [`Api`].
pub(crate) struct SignInApi(pub(crate) Arc<Api>);

macro_rules! doors {
    ($($open:ident $name:ident($request:ident) -> $response:ident = $module:ident;)+) => {
        #[tonic::async_trait]
        impl SignInService for SignInApi {$(
            async fn $name(
                &self,
                request: Request<tenant::$request>,
            ) -> Result<Response<tenant::$response>, Status> {
                let (caller, message) = $open(request)?;
                close($module::$name(&self.0, &caller, message).await)
            }
        )+}
    };
}

doors! {
    open change_password(ChangePasswordRequest) -> ChangePasswordResponse = change_password;
    open_anonymous forgot_password(ForgotPasswordRequest) -> ForgotPasswordResponse = forgot_password;
    open_anonymous reset_password(ResetPasswordRequest) -> ResetPasswordResponse = reset_password;
    open send_email_verification(SendEmailVerificationRequest) -> SendEmailVerificationResponse = send_email_verification;
    open_anonymous verify_email(VerifyEmailRequest) -> VerifyEmailResponse = verify_email;
    open list_sessions(ListSessionsRequest) -> ListSessionsResponse = list_sessions;
    open end_session(EndSessionRequest) -> EndSessionResponse = end_session;
    open end_other_sessions(EndOtherSessionsRequest) -> EndOtherSessionsResponse = end_session;
    open create_api_key(CreateApiKeyRequest) -> CreateApiKeyResponse = create_api_key;
    open list_api_keys(ListApiKeysRequest) -> ListApiKeysResponse = list_api_keys;
    open rotate_api_key(RotateApiKeyRequest) -> RotateApiKeyResponse = rotate_api_key;
    open revoke_api_key(RevokeApiKeyRequest) -> RevokeApiKeyResponse = revoke_api_key;
    open_anonymous resolve_api_key(ResolveApiKeyRequest) -> ResolveApiKeyResponse = resolve_api_key;
    open get_mfa(GetMfaRequest) -> GetMfaResponse = totp;
    open enrol_totp(EnrolTotpRequest) -> EnrolTotpResponse = totp;
    open confirm_totp(ConfirmTotpRequest) -> ConfirmTotpResponse = totp;
    open remove_totp(RemoveTotpRequest) -> RemoveTotpResponse = totp;
    open new_recovery_codes(NewRecoveryCodesRequest) -> NewRecoveryCodesResponse = totp;
    open_anonymous complete_mfa(CompleteMfaRequest) -> SessionResponse = complete_mfa;
    open begin_passkey(BeginPasskeyRequest) -> BeginPasskeyResponse = passkeys;
    open add_passkey(AddPasskeyRequest) -> AddPasskeyResponse = passkeys;
    open list_passkeys(ListPasskeysRequest) -> ListPasskeysResponse = passkeys;
    open rename_passkey(RenamePasskeyRequest) -> RenamePasskeyResponse = passkeys;
    open remove_passkey(RemovePasskeyRequest) -> RemovePasskeyResponse = passkeys;
    open_anonymous begin_passkey_sign_in(BeginPasskeySignInRequest) -> BeginPasskeySignInResponse = passkey_sign_in;
    open_anonymous finish_passkey_sign_in(FinishPasskeySignInRequest) -> SessionResponse = passkey_sign_in;
    open_anonymous start_device(StartDeviceRequest) -> StartDeviceResponse = device;
    open_anonymous poll_device(PollDeviceRequest) -> SessionResponse = device;
    open get_device(GetDeviceRequest) -> GetDeviceResponse = device;
    open answer_device(AnswerDeviceRequest) -> AnswerDeviceResponse = device;
}

/// A person in their own name: no program with their key and nobody impersonating them may touch
/// what they sign in with.
pub(super) fn in_person(principal: &Principal) -> Result<(), TenantFault> {
    if principal.kind == PrincipalKind::User && principal.act.is_none() {
        Ok(())
    } else {
        Err(TenantFault::PersonOnly)
    }
}

/// The caller's account.
async fn account(api: &Api, principal: &Principal) -> Result<UserRow, TenantFault> {
    in_person(principal)?;
    let mut tx = api.pool.begin_platform("account").await?;
    let user = store::user::find_by_id(&mut tx, &principal.sub)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    tx.commit().await?;
    Ok(user)
}

/// A transaction in the first of a person's organizations: news and records need one, and what a
/// person does before choosing an organization belongs nowhere else. None for a person who has
/// lost every organization.
async fn at_home(
    api: &Api,
    user_id: &str,
    name: &'static str,
) -> Result<Option<TenantTx>, TenantFault> {
    home_of(&api.pool, user_id, name).await
}

/// The same, for what goes on after the answer.
pub(super) async fn home_of(
    pool: &Pool,
    user_id: &str,
    name: &'static str,
) -> Result<Option<TenantTx>, TenantFault> {
    let mut tx: PlatformTx = pool.begin_platform("find_home").await?;
    let access = store::organization::access_of(&mut tx, user_id).await?;
    tx.commit().await?;
    let Ok(home) = issue::home(&access) else {
        return Ok(None);
    };
    let tenant_key = home
        .tenant_key
        .parse()
        .map_err(|_| TenantFault::Inconsistent {
            place: "tenant.organizations.tenant_key".to_owned(),
        })?;
    let person = Principal {
        kind: PrincipalKind::User,
        sub: user_id.to_owned(),
        ..Principal::service("tenant", tenant_key)
    };
    Ok(Some(pool.begin(&person, name).await?))
}

/// Tells every gateway which sign-ins ended, in the transaction that ended them.
async fn say_ended(
    tx: &mut TenantTx,
    session_ids: &[String],
    reason: &str,
) -> Result<(), TenantFault> {
    for session_id in session_ids {
        let ended = event::SessionEnded {
            session_id: session_id.clone(),
            user_id: tx.principal().sub.clone(),
            reason: reason.to_owned(),
        };
        wt_outbox::enqueue(tx, &ended).await?;
    }
    Ok(())
}
