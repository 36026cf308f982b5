//! Lists the signed tree heads.
use axum::Json;
use wt_proto::results::ListTreeHeadsRequest;

use super::head::TreeHeadPage;
use crate::rest::{
    access::{ExposuresRead, May},
    extract::Params,
    page::PageQuery,
    problem::Problem,
};

/// The signed heads of the organization's ledger, newest first.
#[utoipa::path(get, path = "/ledger/heads", tag = "ledger", params(PageQuery),
    responses((status = 200, description = "a page of heads", body = TreeHeadPage)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn list_ledger_heads(
    caller: May<ExposuresRead>,
    Params(page): Params<PageQuery>,
) -> Result<Json<TreeHeadPage>, Problem> {
    let answer = caller
        .results()?
        .list_tree_heads(ListTreeHeadsRequest {
            page: Some(page.into()),
        })
        .await?
        .into_inner();
    TreeHeadPage::from_wire(answer.heads, answer.next_cursor).map(Json)
}
