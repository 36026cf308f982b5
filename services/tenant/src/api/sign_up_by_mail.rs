//! Signing up where nobody may learn whether an address has an account: the answer is given before
//! anything is looked up, and a mail to the address says the rest.

use std::sync::Arc;

use wt_model::MailKind;
use wt_pg::Pool;
use wt_proto::tenant;

use super::{
    Api,
    sign_in::home_of,
    sign_up::{NewAccount, found},
};
use crate::{domain::mail_link::Purpose, error::TenantFault, mail_link, store};

pub(super) fn begin(api: &Api, new: NewAccount) -> Result<tenant::SessionResponse, TenantFault> {
    // A flood is refused alike for everybody, and holds no connections.
    let turn = Arc::clone(&api.mailing)
        .try_acquire_owned()
        .map_err(|_full| TenantFault::Busy)?;
    let pool = api.pool.clone();
    tokio::spawn(async move {
        if let Err(fault) = finish(&pool, &new).await {
            tracing::warn!(error = %wt_fault::chain(&fault), "a sign-up was not mailed");
        }
        drop(turn);
    });
    Ok(tenant::SessionResponse {
        mailed: true,
        ..Default::default()
    })
}

async fn finish(pool: &Pool, new: &NewAccount) -> Result<(), TenantFault> {
    if found(pool, new).await? {
        return Ok(());
    }
    // Whose address it is chooses a password: whoever signed up with it before them, or just now,
    // chose another and never gets in with that.
    let mut tx = pool.begin_platform("sign_up_again").await?;
    let user = store::user::find_by_email(tx.conn(), &new.user.email).await?;
    tx.commit().await?;
    let Some(user) = user else {
        return Ok(());
    };
    let Some(mut tx) = home_of(pool, &user.id, "mail_account_exists").await? else {
        return Ok(());
    };
    let (purpose, kind) = (Purpose::ResetPassword, MailKind::AccountExists);
    mail_link::send_as(&mut tx, &user, purpose, kind).await?;
    wt_audit::record(&mut tx, "password.reset_asked", &user.id, None, None).await?;
    tx.commit().await?;
    Ok(())
}
