//! Replaces an integration's settings.
use axum::Json;
use wt_model::IntegrationId;

use super::{Integration, NewIntegration};
use crate::rest::{
    access::{May, NotificationsManage},
    extract::{Body, Segment},
    problem::Problem,
};

/// Replaces an integration's settings; its secret stays, and its address and token unless given.
#[utoipa::path(put, path = "/integrations/{id}", tag = "notifications",
    params(("id" = String, Path, description = "`int_…`")),
    request_body = NewIntegration,
    responses((status = 200, description = "the integration now", body = Integration)),
    extensions(("x-permission" = json!("notifications:manage"))))]
pub(crate) async fn replace_integration(
    caller: May<NotificationsManage>,
    Segment(id): Segment<IntegrationId>,
    Body(new): Body<NewIntegration>,
) -> Result<Json<Integration>, Problem> {
    let request = new.into_wire(id.to_string());
    let answer = caller
        .notify()?
        .put_integration(request)
        .await?
        .into_inner();
    let row = answer
        .integration
        .ok_or_else(|| Problem::broken_answer("integration"))?;
    Ok(Json(row.try_into()?))
}
