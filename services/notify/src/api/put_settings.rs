//! Decides what the organization is told. Mails already composed are still sent.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;

use super::Api;
use crate::{domain::settings::Settings, error::NotifyFault, store};

pub(super) async fn put_settings(
    api: &Api,
    principal: &Principal,
    request: notify::PutSettingsRequest,
) -> Result<notify::PutSettingsResponse, NotifyFault> {
    may(principal, Permission::NotificationsManage)?;
    let wire = request
        .settings
        .ok_or_else(|| NotifyFault::field("settings", "is required"))?;
    let settings = Settings::try_from(wire)?;
    let mut tx = api.pool.begin(principal, "put_settings").await?;
    let before = store::settings::find(&mut tx).await?.unwrap_or_default();
    store::settings::upsert(&mut tx, &settings).await?;
    let object = tx.tenant_key().to_string();
    wt_audit::record(
        &mut tx,
        "notifications.settings",
        &object,
        Some(&audited(&before)),
        Some(&audited(&settings)),
    )
    .await?;
    tx.commit().await?;
    Ok(notify::PutSettingsResponse {
        settings: Some((&settings).into()),
    })
}

fn audited(settings: &Settings) -> serde_json::Value {
    let recipients: Vec<&str> = settings
        .recipients
        .iter()
        .map(crate::domain::address::MailAddress::as_str)
        .collect();
    serde_json::json!({
        "email_enabled": settings.email_enabled,
        "min_severity": settings.min_severity,
        "recipients": recipients,
    })
}
