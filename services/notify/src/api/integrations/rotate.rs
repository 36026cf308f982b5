//! Gives a webhook a new signing secret. For a day messages are signed with both, so that the
//! receiver changes over when it suits.

use time::{Duration, OffsetDateTime};
use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;
use wt_seal::{Owner, Place, Sealed};

use super::{Api, SECRET_COLUMN, new_secret, seal, wire};
use crate::{
    domain::{integration::Kind, signature::secret_text},
    error::NotifyFault,
    store,
};

/// How long the former secret signs beside the new one: a working day of whoever runs the receiver.
const OVERLAP: Duration = Duration::days(1);

pub(in crate::api) async fn rotate_integration_secret(
    api: &Api,
    principal: &Principal,
    request: notify::RotateIntegrationSecretRequest,
) -> Result<notify::RotateIntegrationSecretResponse, NotifyFault> {
    let granted = may(principal, Permission::NotificationsManage)?;
    let seal = seal(api)?;
    let owner = Owner::Organization(granted.tenant_key());
    let place = Place {
        column: SECRET_COLUMN,
        row: &request.id,
    };
    let mut tx = api.pool.begin(principal, "rotate_secret").await?;
    let mut row = store::integration::lock(&mut tx, &request.id)
        .await?
        .ok_or(NotifyFault::IntegrationUnknown)?;
    if row.kind()? != Kind::Webhook {
        return Err(NotifyFault::Unsigned);
    }
    let fresh = new_secret();
    let sealed: Sealed = seal.seal(tx.conn(), owner, place, &fresh).await?;
    row.old_secret = row.secret.replace(sealed.into_bytes());
    row.old_until = row
        .old_secret
        .is_some()
        .then(|| OffsetDateTime::now_utc() + OVERLAP);
    store::integration::put(&mut tx, &row).await?;
    wt_audit::record(&mut tx, "integration.rotate", &row.id, None, None).await?;
    tx.commit().await?;
    Ok(notify::RotateIntegrationSecretResponse {
        integration: Some(wire(row)),
        secret: secret_text(&fresh),
    })
}
