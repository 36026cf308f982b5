//! Changes who is told what.
use axum::Json;
use wt_proto::notify::{PutSettingsRequest, Settings};

use super::NotificationSettings;
use crate::rest::{
    access::{May, NotificationsManage},
    extract::Body,
    problem::Problem,
};

/// Replaces who is told what.
#[utoipa::path(put, path = "/notifications/settings", tag = "notifications",
    request_body = NotificationSettings,
    responses((status = 200, description = "the settings now", body = NotificationSettings)),
    extensions(("x-permission" = json!("notifications:manage"))))]
pub(crate) async fn put_notification_settings(
    caller: May<NotificationsManage>,
    Body(new): Body<NotificationSettings>,
) -> Result<Json<NotificationSettings>, Problem> {
    let settings = caller
        .notify()?
        .put_settings(PutSettingsRequest {
            settings: Some(Settings {
                email_enabled: new.email_enabled,
                min_severity: new.min_severity.to_string(),
                recipients: new.recipients,
            }),
        })
        .await?
        .into_inner()
        .settings
        .ok_or_else(|| Problem::broken_answer("put_settings.settings"))?;
    Ok(Json(settings.try_into()?))
}
