//! Takes the link that proves an address.

use wt_auth::Caller;
use wt_proto::tenant;

use super::{Api, at_home};
use crate::{domain::mail_link::Purpose, error::TenantFault, issue, store};

pub(super) async fn verify_email(
    api: &Api,
    _gateway: &Caller,
    request: tenant::VerifyEmailRequest,
) -> Result<tenant::VerifyEmailResponse, TenantFault> {
    let hash = issue::secret_hash(&request.token);
    let mut tx = api.pool.begin_platform("find_verification").await?;
    let link = store::mail_link::find(&mut tx, &hash, Purpose::VerifyEmail.as_str())
        .await?
        .ok_or(TenantFault::LinkOver)?;
    tx.commit().await?;
    let mut tx = at_home(api, &link.user_id, "verify_email")
        .await?
        .ok_or(TenantFault::LinkOver)?;
    let taken = store::mail_link::take(tx.conn(), &hash).await?;
    // A link to an address that is not the person's any more proves nothing.
    if !taken || !store::user::mark_verified(tx.conn(), &link.user_id, &link.email).await? {
        return Err(TenantFault::LinkOver);
    }
    wt_audit::record(&mut tx, "email.verify", &link.user_id, None, None).await?;
    tx.commit().await?;
    Ok(tenant::VerifyEmailResponse { email: link.email })
}
