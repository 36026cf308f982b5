//! Mails the link that proves the caller's address.

use wt_model::Principal;
use wt_proto::tenant;

use super::{Api, account, at_home};
use crate::{domain::mail_link::Purpose, error::TenantFault, mail_link};

pub(super) async fn send_email_verification(
    api: &Api,
    principal: &Principal,
    _request: tenant::SendEmailVerificationRequest,
) -> Result<tenant::SendEmailVerificationResponse, TenantFault> {
    let user = account(api, principal).await?;
    if !user.email_verified {
        let mut tx = at_home(api, &user.id, "send_email_verification")
            .await?
            .ok_or(TenantFault::OrganizationUnknown)?;
        mail_link::send(&mut tx, &user, Purpose::VerifyEmail).await?;
        tx.commit().await?;
    }
    Ok(tenant::SendEmailVerificationResponse {})
}
