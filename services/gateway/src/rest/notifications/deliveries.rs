//! Lists what was sent.
use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use wt_model::RunId;
use wt_proto::notify::ListDeliveriesRequest;

use super::DeliveryPage;
use crate::rest::{
    access::{May, OrganizationRead},
    extract::{Checked, Params},
    page::PageQuery,
    problem::Problem,
    words::Word,
};

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryFilter {
    /// Only about this run.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    run_id: Word<RunId>,
}

impl Checked for DeliveryFilter {}

/// Messages that were or will be sent, newest first.
#[utoipa::path(get, path = "/notifications/deliveries", tag = "notifications",
    params(DeliveryFilter, PageQuery),
    responses((status = 200, description = "a page of messages", body = DeliveryPage)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn list_deliveries(
    caller: May<OrganizationRead>,
    Params(filter): Params<DeliveryFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<DeliveryPage>, Problem> {
    let answer = caller
        .notify()?
        .list_deliveries(ListDeliveriesRequest {
            page: Some(page.into()),
            run_id: filter.run_id.to_word(),
        })
        .await?
        .into_inner();
    DeliveryPage::from_wire(answer.deliveries, answer.next_cursor).map(Json)
}
