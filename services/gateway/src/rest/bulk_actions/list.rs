//! Lists actions on many exposures.
use axum::Json;
use wt_proto::results::ListBulksRequest;

use super::BulkActionPage;
use crate::rest::{
    access::{ExposuresRead, May},
    extract::Params,
    page::PageQuery,
    problem::Problem,
};

/// Actions on many exposures, newest first.
#[utoipa::path(get, path = "/bulk-actions", tag = "exposures", params(PageQuery),
    responses((status = 200, description = "a page of bulks", body = BulkActionPage)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn list_bulk_actions(
    caller: May<ExposuresRead>,
    Params(page): Params<PageQuery>,
) -> Result<Json<BulkActionPage>, Problem> {
    let request = ListBulksRequest {
        page: Some(page.into()),
    };
    let answer = caller.results()?.list_bulks(request).await?.into_inner();
    BulkActionPage::from_wire(answer.bulks, answer.next_cursor).map(Json)
}
