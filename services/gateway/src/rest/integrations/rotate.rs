//! Gives a webhook a new signing secret.
use axum::Json;
use wt_model::IntegrationId;
use wt_proto::notify::RotateIntegrationSecretRequest;

use super::FreshIntegration;
use crate::rest::{
    access::{May, NotificationsManage},
    extract::Segment,
    problem::Problem,
};

/// Gives a webhook a new signing secret; for a day messages are signed with the old one too.
#[utoipa::path(post, path = "/integrations/{id}/rotate", tag = "notifications",
    params(("id" = String, Path, description = "`int_…`")),
    responses((status = 200, description = "the new secret", body = FreshIntegration)),
    extensions(("x-permission" = json!("notifications:manage"))))]
pub(crate) async fn rotate_integration_secret(
    caller: May<NotificationsManage>,
    Segment(id): Segment<IntegrationId>,
) -> Result<Json<FreshIntegration>, Problem> {
    let answer = caller
        .notify()?
        .rotate_integration_secret(RotateIntegrationSecretRequest { id: id.to_string() })
        .await?
        .into_inner();
    FreshIntegration::read(answer.integration, answer.secret).map(Json)
}
