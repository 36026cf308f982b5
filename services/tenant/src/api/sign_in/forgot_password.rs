//! Mails a link that sets a new password. The answer is given before anything is looked up, so it
//! says and takes the same whether or not the address has an account.

use std::sync::Arc;

use wt_auth::Caller;
use wt_proto::tenant;

use super::Api;
use crate::{
    domain::{email::Email, mail_link::Purpose},
    error::TenantFault,
    mail_link, store,
};

pub(super) async fn forgot_password(
    api: &Arc<Api>,
    _gateway: &Caller,
    request: tenant::ForgotPasswordRequest,
) -> Result<tenant::ForgotPasswordResponse, TenantFault> {
    let email = Email::parse(&request.email)?;
    // A flood is refused alike for everybody, and holds no connections.
    let turn = Arc::clone(&api.mailing)
        .try_acquire_owned()
        .map_err(|_full| TenantFault::Busy)?;
    let api = Arc::clone(api);
    tokio::spawn(async move {
        if let Err(fault) = send(&api, &email).await {
            tracing::warn!(error = %wt_fault::chain(&fault), "a password link was not mailed");
        }
        drop(turn);
    });
    Ok(tenant::ForgotPasswordResponse {})
}

async fn send(api: &Api, email: &Email) -> Result<(), TenantFault> {
    let mut tx = api.pool.begin_platform("forgot_password").await?;
    let user = store::user::find_by_email(tx.conn(), email.as_str()).await?;
    tx.commit().await?;
    let Some(user) = user else {
        tracing::debug!("a password link was asked for an address without an account");
        return Ok(());
    };
    let Some(mut tx) = super::at_home(api, &user.id, "mail_password_link").await? else {
        return Ok(());
    };
    mail_link::send(&mut tx, &user, Purpose::ResetPassword).await?;
    wt_audit::record(&mut tx, "password.reset_asked", &user.id, None, None).await?;
    tx.commit().await?;
    Ok(())
}
