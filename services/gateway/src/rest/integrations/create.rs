//! Makes an integration.
use axum::{Json, http::StatusCode};

use super::{FreshIntegration, NewIntegration};
use crate::rest::{
    access::{May, NotificationsManage},
    extract::Body,
    problem::Problem,
};

/// Makes a webhook, or joins a chat or a tracker; the signing secret is in this answer only.
#[utoipa::path(post, path = "/integrations", tag = "notifications", request_body = NewIntegration,
    responses((status = 201, description = "made", body = FreshIntegration)),
    extensions(("x-permission" = json!("notifications:manage"))))]
pub(crate) async fn create_integration(
    caller: May<NotificationsManage>,
    Body(new): Body<NewIntegration>,
) -> Result<(StatusCode, Json<FreshIntegration>), Problem> {
    let request = new.into_wire(String::new());
    let answer = caller
        .notify()?
        .put_integration(request)
        .await?
        .into_inner();
    let fresh = FreshIntegration::read(answer.integration, answer.secret)?;
    Ok((StatusCode::CREATED, Json(fresh)))
}
