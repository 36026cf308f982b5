//! Shows who is told what.
use axum::Json;
use wt_proto::notify::GetSettingsRequest;

use super::NotificationSettings;
use crate::rest::{
    access::{May, OrganizationRead},
    problem::Problem,
};

/// Who is told what.
#[utoipa::path(get, path = "/notifications/settings", tag = "notifications",
    responses((status = 200, description = "the settings", body = NotificationSettings)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn get_notification_settings(
    caller: May<OrganizationRead>,
) -> Result<Json<NotificationSettings>, Problem> {
    let settings = caller
        .notify()?
        .get_settings(GetSettingsRequest {})
        .await?
        .into_inner()
        .settings
        .ok_or_else(|| Problem::broken_answer("get_settings.settings"))?;
    Ok(Json(settings.try_into()?))
}
